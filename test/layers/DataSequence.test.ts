import { testErrors } from './errors';
import { openLayer } from './harness';
import { randomOf } from './reference-cases';

/** Items of which the first value is the label and the second a number of its own. */
function batchOf(random: () => number, labels: number, start: number, serial: { next: number }, n = 6) {
  const label = Array.from({ length: n }, (_, i) => start + (i < labels ? i : Math.floor(random() * labels)));
  return { label, x: label.flatMap((l) => [l, serial.next++]) };
}

const open = (k: number, options = '', more: { labels?: boolean; n?: number } = {}) =>
  openLayer({
    layer: `type: "DataSequence" data_sequence_param { k: ${k} label_count: 3 label_start: 2 cache_size: 8 output_labels: ${more.labels ?? true} ${options} }`,
    bottoms: [
      { shape: [more.n ?? 6, 2, 1, 1], data: [] },
      { shape: [more.n ?? 6], data: [] },
    ].map(({ shape }) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) })),
    tops: 2 + k + ((more.labels ?? true) ? 1 : 0),
  });

describe('DataSequence', () => {
  it.each([1, 3])('k = %d: a positive that is not the anchor, and negatives of other labels', async (k) => {
    const random = randomOf(`k ${k}`);
    const serial = { next: 0 };
    const layer = open(k);
    const seen = new Map<number, number[]>();
    const positives = new Set<number>();
    for (let pass = 0; pass < 20; pass++) {
      const { x, label } = batchOf(random, 3, 2, serial);
      label.forEach((l, n) => {
        seen.set(l, [...(seen.get(l) ?? []), x[2 * n + 1]!].slice(-8));
      });
      const { tops } = await layer.run([x, label]);
      expect([...tops[0]!.data]).toEqual(x);
      expect(tops.at(-1)!.shape).toEqual([6, 2 + k]);
      label.forEach((l, n) => {
        const partners = tops.slice(1, -1).map(({ data }) => [data[2 * n]!, data[2 * n + 1]!] as const);
        expect(partners).toHaveLength(1 + k);
        partners.forEach(([of, number], p) => {
          expect(of === l).toBe(p === 0);
          expect(seen.get(of)).toContain(number);
          if (p === 0 && seen.get(l)!.length > 1) expect(number).not.toBe(x[2 * n + 1]);
          if (p === 0) positives.add(number);
        });
        expect([...tops.at(-1)!.data.slice((2 + k) * n, (2 + k) * (n + 1))]).toEqual([
          l,
          ...partners.map(([of]) => of),
        ]);
      });
    }
    expect(positives.size).toBeGreaterThan(30);
    layer.engine.dispose();
  });

  it('k = 0: matches and non-matches in turn, or non-matches only', async () => {
    for (const balance of [true, false]) {
      const layer = open(0, `balance_matches: ${balance}`);
      const { x, label } = batchOf(randomOf('pairs'), 3, 2, { next: 0 });
      const { tops } = await layer.run([x, label]);
      label.forEach((l, n) => {
        expect(tops[1]!.data[2 * n] === l).toBe(balance && n % 2 === 0);
      });
      layer.engine.dispose();
    }
  });

  it('goes on from its state as if it had never stopped', async () => {
    const random = randomOf('resume');
    const serial = { next: 0 };
    const batches = Array.from({ length: 4 }, () => batchOf(random, 3, 2, serial));
    const whole = open(2);
    const runs = [];
    let between = new Uint8Array();
    for (const [i, { x, label }] of batches.entries()) {
      if (i === 2) between = new Uint8Array(whole.engine.readState('tested'));
      runs.push((await whole.run([x, label])).tops);
    }
    const resumed = open(2);
    resumed.engine.writeState('tested', between);
    for (const i of [2, 3]) expect((await resumed.run([batches[i]!.x, batches[i]!.label])).tops).toEqual(runs[i]);
    expect(() => resumed.engine.writeState('tested', new Uint8Array(9))).toThrow(/state of this DataSequence/);
    whole.engine.dispose();
    resumed.engine.dispose();
  });

  it('refuses labels out of range, and a first pass of one label', async () => {
    const layer = open(1, '', { n: 2 });
    await expect(
      layer.run([
        [0, 0, 0, 0],
        [2, 5],
      ]),
    ).rejects.toThrow(/label 5 of item 1 is outside \[2, 5\)/);
    await expect(
      layer.run([
        [0, 0, 0, 0],
        [2, 2],
      ]),
    ).rejects.toThrow(/has no partner: no item of another label/);
    layer.engine.dispose();
  });

  const shapes = [[3, 2], [3]];
  const refused = (name: string, options: string, tops: number, message: RegExp, at: string) => ({
    name,
    options: `data_sequence_param { ${options} }`,
    shapes,
    tops,
    message,
    at,
  });
  testErrors('DataSequence', [
    refused('another number of tops', 'k: 2 label_count: 3', 3, /k 2 needs 4 tops, not 3/, '"top0"'),
    refused('no number of labels', 'k: 1', 3, /the number of labels is not known/, 'data_sequence_param'),
    refused(
      'a cache smaller than a batch',
      'k: 1 label_count: 3 cache_size: 2',
      3,
      /at least the batch size 3, not 2/,
      '2 }',
    ),
  ]);
});
