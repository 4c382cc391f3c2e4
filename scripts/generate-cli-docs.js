/** Writes docs/cli.md from the tables of commands and flags. Needs a compiled dist/ (npx tsc). */

const fs = require('node:fs');
const path = require('node:path');
const { cliMarkdown } = require('../dist/cli/docs.js');

fs.writeFileSync(path.join(__dirname, '..', 'docs', 'cli.md'), cliMarkdown());
