import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encode } from '../../src/proto/schema';
import { InfogainLoss } from '../reference/InfogainLoss';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { type Random, testAgainstReference } from './reference-cases';

const values = (b: number, random: Random) => (b === 1 ? Math.floor(random() * 3) : random() * 2);
const common = { isLoss: true, gradients: [true, false, false], values };

describe('InfogainLoss', () => {
  testGolden('InfogainLoss');
  testAgainstReference('InfogainLoss', [
    { name: 'a batch', ...common, shapes: [[17, 3], [17], [3, 3]], reference: InfogainLoss() },
    {
      name: 'images with an ignored label',
      ...common,
      options: 'loss_param { ignore_label: 1 }',
      shapes: [
        [4, 3, 2, 2],
        [4, 2, 2],
        [1, 1, 3, 3],
      ],
      reference: InfogainLoss({ ignored: 1 }),
    },
    {
      name: 'the last axis, by batch size',
      ...common,
      options: 'infogain_loss_param { axis: -1 } loss_param { normalization: BATCH_SIZE }',
      shapes: [
        [4, 2, 3],
        [4, 2],
        [3, 3],
      ],
      reference: InfogainLoss({ axis: 2, normalization: 'BATCH_SIZE' }),
    },
  ]);

  it('reads the matrix from a file', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'infogain-'));
    const file = path.join(folder, 'H.binaryproto');
    const matrix = [1, 0.5, 0, 0.25, 1, 0, 0, 0, 2];
    writeFileSync(file, encode('BlobProto', { shape: { dim: [3, 3] }, data: Float32Array.from(matrix) }));
    const bottoms = [
      { shape: [2, 3], data: [1, 2, 3, 0, -1, 1] },
      { shape: [2], data: [0, 1] },
    ];
    const fromFile = await runLayer({
      layer: `type: "InfogainLoss" infogain_loss_param { source: "${file}" }`,
      bottoms,
    });
    const fromBottom = await runLayer({
      layer: 'type: "InfogainLoss"',
      bottoms: [...bottoms, { shape: [3, 3], data: matrix }],
    });
    expect(fromFile.loss).toBe(fromBottom.loss);
    rmSync(folder, { recursive: true });
  });

  testErrors('InfogainLoss', [
    { name: 'no matrix', shapes: [[3, 2], [3]], message: /needs the infogain matrix/ },
    {
      name: 'a matrix of another size',
      shapes: [[3, 2], [3], [3, 3]],
      message: /is 3 x 3, but must be 2 x 2/,
      at: '"bottom2"',
    },
  ]);
});
