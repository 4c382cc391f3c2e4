/** siamese export: the encoder as an ONNX file. */
import path from 'node:path';
import { type Centroids, cutTower, Encoder } from '../../match/index.js';
import { exportOnnx } from '../../match/onnx/export.js';
import type { RecordShape } from '../../match/tower-net.js';
import { readWeights } from '../../proto/files.js';
import { type Call, refuseArguments, usageError } from '../call.js';
import { chooseNet } from '../nets.js';
import { refuseExisting, writeOutput } from '../output-file.js';
import { findCaffemodel, findCentroids } from '../trained.js';
import { TrainedNet } from '../trained-nets.js';

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { flags, terminal } = call;
  if (!flags.onnx) throw usageError('export to which format?', 'siamese export --onnx');
  const caffemodel = findCaffemodel(call);
  const output = flags.output ?? `${path.basename(caffemodel).replace(/\.caffemodel(\.h5)?$/, '')}.onnx`;
  refuseExisting(output, call);
  using encoder = await findEncoder(call, caffemodel);
  const { tower, recordShape, mean } = encoder;
  const metadata = { encoding: tower.encoding, weights: path.basename(caffemodel) };
  const options = { mean, weightsFile: caffemodel, metadata };
  const made = exportOnnx(tower, recordShape, readWeights(caffemodel), options);
  writeOutput(output, made.bytes, call);
  const { input, output: result } = made;
  if (terminal.json) {
    terminal.outJson('siamese.export/1', { output, size: made.bytes.length, input, encoding: result });
  } else terminal.out(output);
  const dims = (shape: readonly number[]) => ['N', ...shape].join(' x ');
  terminal.talk(
    `input "${input.name}": ${dims(input.shape)}, pixels 0 to 255; output "${result.name}": ${dims(result.shape)}`,
  );
  return 0;
}

/** Of the centroids beside the weights, or of the net that the flags name. */
async function findEncoder(call: Call, caffemodel: string): Promise<Encoder> {
  const { flags } = call;
  const byNet = flags.model !== undefined || flags.solver !== undefined || flags.blob !== undefined;
  const found = byNet ? undefined : findCentroids(caffemodel)?.centroids;
  const weights = readWeights(caffemodel);
  const recordShape = found && recordShapeOf(found);
  if (found && recordShape) {
    const { deploy, mean, encoding } = found;
    return Encoder.fromNet(deploy, weights, { mean, encoding, recordShape, weightsFile: caffemodel });
  }
  if (flags.model !== undefined) {
    const { param, level, stages, folder } = chooseNet(call, 'TEST');
    const options = { level, stages, encoding: flags.blob, weightsFile: caffemodel, baseFolder: folder };
    // A deploy net says the size of its images itself.
    if (param.layer?.some(({ type }) => type === 'Input') && cutTower(param, options)) {
      return Encoder.fromNet(param, weights, options);
    }
  }
  const trained = TrainedNet.find(call);
  const test = await trained.data('TEST');
  try {
    return trained.encoder(test);
  } finally {
    await test.close();
  }
}

/** The size of the training images, which a mean image has too; a net that crops does not say it. */
function recordShapeOf({ deploy, mean, gallery }: Centroids): RecordShape | undefined {
  const { channels, height, width } = gallery?.lookalikes ?? {};
  if (channels && height && width) return [channels, height, width];
  const input = deploy.layer?.[0];
  const [, c = 1, h = 0, w = 0] = input?.input_param?.shape?.[0]?.dim ?? [];
  return mean && input?.transform_param?.crop_size ? undefined : [c, h, w];
}
