/** The folder of this package, where package.json, proto/ and build/ are: found from wherever this code was put. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export const packageRoot = findUp(__dirname);

function findUp(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : findUp(path.dirname(folder));
}
