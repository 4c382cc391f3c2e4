/** Collects the files that cannot be read, so that one error names them all. */
import { SiameseError } from '../errors.js';
import { listFiles } from './folder-tree.js';

export class Unreadable {
  readonly #root: string;
  readonly #faults: { file: string; error: unknown }[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async guard(file: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      const { code } = error as { code?: string };
      if (error instanceof SiameseError ? code !== 'data' : code === undefined) throw error;
      this.#faults.push({ file, error });
    }
  }

  throwIfAny(): void {
    if (this.#faults.length === 0) return;
    // By name: which one fails first is chance where several are decoded at once.
    const faults = this.#faults.sort((a, b) => (a.file < b.file ? -1 : 1));
    const count = faults.length === 1 ? '1 image cannot be read' : `${faults.length} images cannot be read`;
    const [first] = faults;
    throw new SiameseError('data', `${this.#root}: ${count}: ${listFiles(faults.map(({ file }) => file))}`, {
      help: (first!.error as Error).message,
      cause: first!.error,
    });
  }
}
