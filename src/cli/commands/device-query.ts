/** siamese device_query: lists the devices that can compute, as Caffe's does, the processor first. */
import { type Call, refuseArguments, usageError } from '../call.js';
import { cpu, cudaEngine, gpus } from '../devices.js';

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { terminal, flags } = call;
  const processor = cpu();
  const found = gpus();
  const wanted = flags.gpu === undefined || flags.gpu === 'all' ? undefined : flags.gpu.split(',').map(Number);
  const missing = wanted?.filter((id) => !found.gpus.some((gpu) => gpu.id === id)) ?? [];
  if (missing.length > 0) {
    throw usageError(
      `--gpu ${flags.gpu}: there is no GPU ${missing.join(', ')}${found.reason ? ` (${found.reason})` : ''}`,
    );
  }
  const shown = found.gpus.filter((gpu) => !wanted || wanted.includes(gpu.id));
  const cuda = cudaEngine();
  if (terminal.json) {
    const engine = { cuda_engine: cuda.ready, cuda: cuda.text };
    terminal.outJson('siamese.device_query/1', { cpu: processor, gpus: shown, ...engine });
    return 0;
  }
  if (!wanted) {
    terminal.out(`CPU       ${processor.model}`);
    terminal.out(`          ${processor.cores} cores, vectors: ${processor.vector}`);
  }
  for (const gpu of shown) {
    terminal.out(`GPU ${gpu.id}     ${gpu.name}`);
    terminal.out(`          ${gpu.memory}, compute capability ${gpu.capability}, driver ${gpu.driver}`);
  }
  if (cuda.ready) terminal.out(`CUDA      ${cuda.text}`);
  if (shown.length === 0) terminal.talk(`no GPU: ${found.reason}`);
  if (!cuda.ready) terminal.talk(`note: GPUs are not used: ${cuda.text}`);
  return 0;
}
