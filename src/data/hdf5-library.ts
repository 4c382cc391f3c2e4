/** The HDF5 library (npm h5wasm: libhdf5 itself, as WebAssembly), for data files of any kind. Loaded at first need. */
import { SiameseError } from '../errors.js';
import type { importLibrary } from './h5wasm.js';

export type Hdf5Library = Awaited<ReturnType<typeof importLibrary>>;

let loading: Promise<Hdf5Library> | undefined;

export function hdf5Library(): Promise<Hdf5Library> {
  loading ??= load();
  return loading;
}

/** libhdf5's own word for what went wrong: the innermost entry of its error stack. */
export function hdf5Reason(error: unknown): string {
  const { message } = error as Error;
  const entries = [...message.matchAll(/^ +#\d+: .*?\(\): (.*)$/gm)];
  return entries.at(-1)?.[1] ?? message.split('\n')[0]!;
}

async function load(): Promise<Hdf5Library> {
  try {
    const { importLibrary: load } = require('./h5wasm.js') as typeof import('./h5wasm.js');
    const library = await load();
    // Else it writes its error stack to standard error and goes on.
    (await library.ready).activate_throwing_error_handler();
    return library;
  } catch (cause) {
    loading = undefined;
    throw new SiameseError('device', `the HDF5 library does not load: ${(cause as Error).message}`, {
      help: 'reinstall it: npm install h5wasm',
      cause,
    });
  }
}
