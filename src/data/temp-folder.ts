/** Folders that exist while this process does: removed when done with, and at the latest when the process exits. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SiameseError } from '../errors.js';

const open = new Set<string>();

export function makeTempFolder(purpose: string): string {
  let folder: string;
  try {
    folder = mkdtempSync(path.join(os.tmpdir(), `siamese-${purpose}-${process.pid}-`));
  } catch (cause) {
    throw new SiameseError('io', `cannot make a temporary folder: ${(cause as Error).message}`, {
      help: 'point TMPDIR at a folder that can be written',
      cause,
    });
  }
  if (open.size === 0) process.on('exit', removeAll);
  open.add(folder);
  return folder;
}

export function removeTempFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  open.delete(folder);
  if (open.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const folder of open) removeTempFolder(folder);
}
