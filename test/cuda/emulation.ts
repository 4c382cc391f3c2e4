/** The GPU engine built for the processor: the same kernels, graphs and rings, over a runtime that emulates CUDA's. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.join(__dirname, '..', '..');
const BUILD = path.join(ROOT, 'build');

/** Builds what changed, and returns the plugin's file; SIAMESE_EMULATED_PLUGIN names another, with sanitizers perhaps. */
export function emulatedPlugin(): string {
  const { SIAMESE_EMULATED_PLUGIN } = process.env;
  if (SIAMESE_EMULATED_PLUGIN) return SIAMESE_EMULATED_PLUGIN;
  const made = spawnSync('cmake', ['--build', BUILD, '--target', 'siamese_cuda_emulated', '--parallel', '2'], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`the emulated GPU engine does not build\n${made.stdout}\n${made.stderr}`);
  const file = path.join(BUILD, 'Release', 'libsiamese_cuda_emulated.so');
  if (!existsSync(file)) throw new Error(`${file} is not there`);
  return file;
}
