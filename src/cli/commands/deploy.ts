/** siamese deploy: the net of one tower as a prototxt, for applications. */
import { cutTower, deployNet } from '../../match/index.js';
import type { NetParameter } from '../../proto/messages.js';
import { formatText } from '../../proto/text.js';
import { type Call, refuseArguments, usageError } from '../call.js';
import { chooseNet, closeSources, openSources } from '../nets.js';
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

async function fromNet(call: Call): Promise<NetParameter> {
  const request = chooseNet(call, 'TEST');
  const tower = cutTower(request.param, { level: request.level, stages: request.stages, encoding: call.flags.blob });
  const sources = await openSources(request);
  const info = [...sources.values()][0]?.info;
  await closeSources(sources);
  if (!info) throw usageError('the net has no Data layer that says the size of its images', 'give --snapshot instead');
  return deployNet(tower, [info.channels, info.height, info.width]);
}
