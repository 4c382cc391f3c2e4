/** siamese deploy: the net of one tower as a prototxt, for applications. */

import { cutTower, deployNet } from '../../match/index.js';
import { sharingWarnings } from '../../net/sharing.js';
import type { NetParameter } from '../../proto/messages.js';
import { formatText } from '../../proto/text.js';
import { type Call, refuseArguments, usageError } from '../call.js';
import { buildChosen, chooseNet, closeSources } from '../nets.js';
import { writeOutput } from '../output-file.js';
import { standardOutput } from '../standard-streams.js';
import { findCaffemodel, needCentroids } from '../trained.js';

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { flags, terminal } = call;
  const byNet = flags.model !== undefined || flags.solver !== undefined;
  const text = formatText('NetParameter', forCaffe(byNet ? await fromNet(call) : fromSnapshot(call)));
  const { output } = flags;
  if (output !== undefined && output !== '-') {
    writeOutput(output, text, call);
    if (terminal.json) terminal.outJson('siamese.deploy/1', { output });
    else terminal.out(output);
  } else if (terminal.json) terminal.outJson('siamese.deploy/1', { text });
  else standardOutput.write(text);
  return 0;
}

/** Without how training warped, which Caffe has no field for and no application needs. */
function forCaffe({ layer: [input, ...layers] = [], ...net }: NetParameter): NetParameter {
  const { affine_param: _warps, ...transform } = input?.transform_param ?? {};
  const { transform_param: _all, ...rest } = input!;
  const kept = Object.keys(transform).length > 0 ? { transform_param: transform } : {};
  return { ...net, layer: [{ ...rest, ...kept }, ...layers] };
}

function fromSnapshot(call: Call): NetParameter {
  return needCentroids(findCaffemodel(call)).centroids.deploy;
}

/** The size of an image is that of the blob by which it enters, whatever layer gives it. */
async function fromNet(call: Call): Promise<NetParameter> {
  const { terminal } = call;
  const request = chooseNet(call, 'TEST');
  const tower = cutTower(request.param, { level: request.level, stages: request.stages, encoding: call.flags.blob });
  const { net, sources } = await buildChosen(request, (warning) => terminal.warn(warning));
  await closeSources(sources);
  // One tower stands for all: where they do not share their weights, the others encode otherwise.
  for (const warning of sharingWarnings(net)) terminal.warn(warning);
  const [, ...image] = net.blobs.find(({ name }) => name === tower.input)?.shape ?? [];
  if (image.length === 3) return deployNet(tower, image as [number, number, number]);
  throw usageError(
    `"${tower.input}", by which data enter, is ${image.join(' x ')}: no images`,
    'give --snapshot instead',
  );
}
