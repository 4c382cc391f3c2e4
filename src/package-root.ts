/** The folder of this package, where package.json, proto/ and build/ are: found from wherever this code was put; how it is built. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export const packageRoot = findUp(__dirname);

/** What builds the native engine here: an installed package lacks what a clone has. */
export function buildCommand(root = packageRoot): string {
  return existsSync(path.join(root, 'scripts', 'setup.js')) ? 'npm run build' : 'npm rebuild siamese';
}

function findUp(folder: string): string {
  return existsSync(path.join(folder, 'package.json')) ? folder : findUp(path.dirname(folder));
}
