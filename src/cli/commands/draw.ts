/** siamese draw: a net as a picture. */
import { drawNet } from '../../report/index.js';
import type { Call } from '../call.js';
import { describeNet, nameOf } from '../described-nets.js';
import { pictureFile, writePicture } from '../pictures.js';

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const output = pictureFile(call, 'net.svg');
  const described = await describeNet(call);
  const { net } = described;
  const direction = flags.rankdir === 'LR' ? 'left-to-right' : 'top-down';
  const picture = drawNet(net, { title: `${nameOf(described)}, phase ${net.phase}`, direction });
  writePicture(output, picture, call);
  const [width, height] = [Math.ceil(picture.width), Math.ceil(picture.height)];
  if (terminal.json) terminal.outJson('siamese.draw/1', { output, width, height });
  else terminal.out(output);
  return 0;
}
