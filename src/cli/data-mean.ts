/** siamese data mean: the mean image of a data set as a .binaryproto, for mean_file, and the means of its channels. */
import { openSource } from '../data/index.js';
import { channelMeans, computeMean, writeMeanFile } from '../data/mean.js';
import { type Call, usageError } from './call.js';
import { sizeOf } from './image-size.js';
import { refuseExisting } from './output-file.js';
import { Progress } from './progress.js';

export async function meanOfData(call: Call, [name, file, ...more]: readonly string[]): Promise<number> {
  const { flags, terminal } = call;
  if (name === undefined || file === undefined || more.length > 0) {
    throw usageError('data mean takes a data set and the file to write', 'siamese data mean SOURCE OUT.binaryproto');
  }
  refuseExisting(file, call);
  const source = await openSource(name, undefined, { channels: flags.gray ? 1 : undefined, size: sizeOf(flags.size) });
  try {
    const { count, channels, height, width } = source.info;
    const progress = terminal.watched ? new Progress(terminal, 'records', count) : undefined;
    const mean = await computeMean(source, (done) => progress?.update(done)).finally(() => progress?.finish());
    writeMeanFile(file, mean);
    const means = channelMeans(mean);
    if (terminal.json) {
      terminal.outJson('siamese.data.mean/1', { source: name, output: file, count, channels, height, width, means });
    } else {
      terminal.out(`${file}: mean of ${count} records of ${channels}x${height}x${width}`);
      for (const value of means) terminal.out(`mean_value: ${Number(value.toFixed(4))}`);
    }
    return 0;
  } finally {
    await source.close();
  }
}
