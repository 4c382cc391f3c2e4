/** The collapse monitor: its numbers by hand, its diagnoses, and what a run shows of it. */

import { buildNet } from '../../src/net/net';
import { parseText } from '../../src/proto/text';
import {
  CollapseMonitor,
  diagnose,
  type EncodingStatistics,
  encodingStatistics,
  findWatched,
} from '../../src/solver/collapse-monitor';
import type { DisplayEvent, SolverEvent } from '../../src/solver/events';
import { Solver } from '../../src/solver/solver';

const input = (name: string, ...shape: number[]) =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${shape.map((d) => `dim: ${d}`).join(' ')} } } }`;

/** Numbers of one loss over the bottoms given, in order. */
function statisticsOf(
  type: string,
  options: string,
  bottoms: [shape: number[], values: number[]][],
): EncodingStatistics {
  const names = bottoms.map((_, i) => `b${i}`);
  const lines = bottoms.map(([shape], i) => input(`b${i}`, ...shape));
  lines.push(
    `layer { name: "loss" type: "${type}" ${names.map((n) => `bottom: "${n}"`).join(' ')} top: "loss" ${options} }`,
  );
  const net = buildNet(parseText('NetParameter', lines.join('\n'), 'net.prototxt').message, { phase: 'TRAIN' });
  return encodingStatistics(findWatched(net)!, (blob) => Float32Array.from(bottoms[names.indexOf(blob)]![1]));
}

describe('the numbers', () => {
  const a = [0, 0, 0, 0, 0, 0];
  const b = [3, 4, 0, 1, 0, 7];
  test('of pairs with a similarity', () => {
    const bottoms: [number[], number[]][] = [
      [[3, 2], a],
      [[3, 2], b],
      [[3], [1, 0, 0]],
    ];
    const statistics = statisticsOf('ContrastiveLoss', 'contrastive_loss_param { margin: 2 }', bottoms);
    expect(statistics).toMatchObject({ same: 5, different: 4, activeNegatives: 0.5 });
    // The second images are at (3, 4), (0, 1) and (0, 7): 2 + 6 about their mean (1, 4); the first do not vary.
    expect(statistics.variance).toBeCloseTo((2 + 6) / 2, 5);
  });
  test('of pairs with class labels, legacy margin', () => {
    const bottoms: [number[], number[]][] = [
      [[3, 2], a],
      [[3, 2], b],
      [
        [3, 2],
        [7, 7, 1, 2, 4, 5],
      ],
    ];
    const legacy = 'contrastive_loss_param { margin: 48 legacy_version: true }'; // 7 * 7 is just beyond
    expect(statisticsOf('ContrastiveLoss', legacy, bottoms)).toMatchObject({
      same: 5,
      different: 4,
      activeNegatives: 0.5,
    });
  });
  test('of triplets', () => {
    const bottoms: [number[], number[]][] = [
      [
        [2, 1],
        [0, 0],
      ],
      [
        [2, 1],
        [1, 2],
      ],
      [
        [2, 1],
        [3, 2],
      ],
    ];
    expect(statisticsOf('TripletLoss', '', bottoms)).toMatchObject({ same: 1.5, different: 2.5, activeNegatives: 0.5 });
  });
  test('of a batch, on the unit sphere', () => {
    const bottoms: [number[], number[]][] = [
      [
        [3, 2],
        [5, 0, 2, 0, 0, 3],
      ],
      [[3], [0, 0, 1]],
    ];
    const statistics = statisticsOf('SupervisedContrastiveLoss', '', bottoms);
    expect(statistics.same).toBeCloseTo(0, 6);
    expect(statistics.different).toBeCloseTo(Math.SQRT2, 6);
    expect(statistics.activeNegatives).toBe(0);
  });
});

describe('the diagnosis', () => {
  const healthy = { same: 0.5, different: 2, variance: 1, activeNegatives: 0.2 };
  test.each([
    ['healthy', {}, undefined],
    ['one point', { same: 1e-4, different: 1e-4 }, 'collapsed'],
    ['labels the wrong way round', { same: 2, different: 0.5 }, 'inverted'],
    ['all apart', { activeNegatives: 0 }, 'idle'],
    ['as at the beginning', { same: 1, different: 1 }, 'stuck'],
    ['a batch without unlike pairs', { different: Number.NaN, activeNegatives: Number.NaN }, undefined],
  ])('%s', (_, change, expected) => {
    expect(diagnose({ ...healthy, ...change }, 1)).toBe(expected);
  });
  test('is told when it lasts, once, and again after it went away', () => {
    const net = buildNet(
      parseText(
        'NetParameter',
        [
          ...[input('a', 2, 2), input('b', 2, 2), input('l', 2)],
          'layer { name: "loss" type: "ContrastiveLoss" bottom: "a" bottom: "b" bottom: "l" top: "loss" }',
        ].join('\n'),
        'net.prototxt',
      ).message,
      { phase: 'TRAIN' },
    );
    const monitor = new CollapseMonitor(findWatched(net)!);
    const point = { ...healthy, same: 0, different: 0 };
    const told = [point, point, point, healthy, point, point].map((statistics) => monitor.notice(statistics)?.message);
    expect(told.map((message) => message !== undefined)).toEqual([false, true, false, false, false, true]);
    expect(told[1]).toMatch(/layer "loss" \(ContrastiveLoss\): collapsed/);
  });
});

describe('in a run', () => {
  const text = `
    net_param {
      layer { name: "data" type: "Data" top: "pair" top: "label" transform_param { scale: 0.00390625 }
        data_param { source: "mnist:test" batch_size: 16 images_per_blob: 2 output_all_labels: true } }
      layer { name: "slice" type: "Slice" bottom: "pair" top: "a" top: "b" slice_param { axis: 1 slice_point: 1 } }
      layer { name: "fa" type: "InnerProduct" bottom: "a" top: "fa" param { name: "w" } param { name: "c" }
        inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
      layer { name: "fb" type: "InnerProduct" bottom: "b" top: "fb" param { name: "w" } param { name: "c" }
        inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
      layer { name: "loss" type: "ContrastiveLoss" bottom: "fa" bottom: "fb" bottom: "label" top: "loss" }
    }
    base_lr: 0.01 lr_policy: "fixed" max_iter: 6 display: 3 snapshot_after_train: false random_seed: 1 solver_mode: CPU`;

  async function displays(monitor: boolean): Promise<DisplayEvent[]> {
    const events: SolverEvent[] = [];
    const { message } = parseText('SolverParameter', text, 'solver.prototxt');
    const solver = await Solver.create({ solver: message, monitor, onEvent: (event) => events.push(event) });
    try {
      await solver.train();
    } finally {
      await solver.dispose();
    }
    return events.filter((event): event is DisplayEvent => event.type === 'display');
  }

  test('each display has the numbers, and they change no loss', async () => {
    const [on, off] = [await displays(true), await displays(false)];
    expect(on.length).toBeGreaterThan(1);
    for (const { encodings } of on) {
      expect(encodings!.same).toBeGreaterThan(0);
      expect(encodings!.different).toBeGreaterThan(0);
      expect(encodings!.variance).toBeGreaterThan(0);
    }
    expect(off.map(({ encodings }) => encodings)).toEqual(off.map(() => undefined));
    expect(on.map(({ loss }) => loss)).toEqual(off.map(({ loss }) => loss));
  });
});
