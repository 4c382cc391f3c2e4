/** siamese data import: writes images as Caffe's LMDB. */

import { importFolder, importIdx, importList, importMnist } from '../data/import.js';
import type { ImportOptions, ImportResult } from '../data/import-options.js';
import { importPairs } from '../data/import-pairs.js';
import { openSource } from '../data/index.js';
import { nearest } from '../errors.js';
import { type Call, usageError } from './call.js';
import type { FlagValues } from './flags.js';
import { sizeOf } from './image-size.js';
import { Progress } from './progress.js';

interface Kind {
  /** What the words are, for the error when their number is wrong. */
  takes: readonly string[];
  run(words: readonly string[], options: ImportOptions, call: Call): Promise<ImportResult[]>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  idx: {
    takes: ['IMAGES', 'LABELS', 'DB'],
    run: async ([images, labels, db], options) => [await importIdx(images!, labels!, db!, options)],
  },
  folder: {
    takes: ['FOLDER', 'DB'],
    run: async ([folder, db], options, { flags }) => {
      return [await importFolder(folder!, db!, { ...options, ...imageOptions(flags) })];
    },
  },
  list: {
    takes: ['LIST', 'DB'],
    run: async ([list, db], options, { flags }) => {
      return [await importList(list!, db!, { ...options, ...imageOptions(flags) })];
    },
  },
  mnist: { takes: ['FOLDER'], run: ([folder], options) => importMnist(folder!, options) },
  'fashion-mnist': { takes: ['FOLDER'], run: ([folder], options) => importMnist(folder!, options, 'fashion-mnist') },
  pairs: {
    takes: ['SOURCE', 'DB'],
    run: async ([source, db], options, { flags }) => {
      const positives = readPositives(flags.positives);
      return [await importPairs(await openSource(source!), db!, { ...options, positives, count: flags.count })];
    },
  },
};

function imageOptions({ gray, size, encoded, interpolation }: FlagValues) {
  return { gray: gray === true, size: sizeOf(size), encoded: encoded === true, interpolation };
}

export async function importData(call: Call, [word, ...words]: readonly string[]): Promise<number> {
  const { flags, terminal } = call;
  const kind = word === undefined ? undefined : KINDS[word];
  if (!kind) {
    const guess = word && nearest(word, Object.keys(KINDS));
    const help = guess ? `did you mean "siamese data import ${guess}"?` : 'siamese help data';
    throw usageError(word ? `cannot import "${word}"` : `what to import: ${Object.keys(KINDS).join(', ')}?`, help);
  }
  if (words.length !== kind.takes.length) {
    const usage = `siamese data import ${word} ${kind.takes.join(' ')}`;
    throw usageError(
      `import ${word} takes ${kind.takes.join(' ')}, but was given ${words.length || 'no'} words`,
      usage,
    );
  }
  let progress: Progress | undefined;
  const options: ImportOptions = {
    shuffle: flags.shuffle,
    seed: flags.seed,
    force: flags.force,
    progress: (done, total) => {
      if (!terminal.watched) return;
      progress ??= new Progress(terminal, 'records', total);
      progress.update(done);
      if (done < total) return;
      progress.finish();
      progress = undefined;
    },
  };
  const results = await kind.run(words, options, call).finally(() => progress?.finish());
  if (terminal.json) terminal.outJson('siamese.data.import/1', { databases: results });
  else for (const result of results) terminal.out(sentence(result, flags.shuffle === true));
  terminal.next(`siamese data check ${results[0]!.output}`);
  return 0;
}

function sentence({ output, count, channels, height, width, labels, seed }: ImportResult, shuffled: boolean): string {
  const order = shuffled ? `, shuffled with seed ${seed}` : '';
  return `${output}: ${count} records of ${channels}x${height}x${width}, ${labels} labels${order}`;
}

function readPositives(text: string | undefined): number | 'random' {
  if (text === undefined || text === 'random') return 'random';
  const share = Number(text);
  if (share >= 0 && share <= 1) return share;
  throw usageError(`--positives takes "random" or a share from 0 to 1, not "${text}"`);
}
