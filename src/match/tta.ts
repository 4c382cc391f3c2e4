/**
 * Test-time augmentation: small affine changes of an image, whose encodings are averaged. Every image gets the same ones, so
 * that its encoding depends on no other image.
 */
import type { AffineParameter } from '../proto/messages.js';
import { type Filled, filled } from '../proto/schema.js';
import type { RecordShape } from './tower-net.js';

/** Where the net was trained without affine_param: ranges of rotation in degrees, of the others in shares. */
const SMALL = { rotation: 5, translation: 0.03, scale: 0.05, shear: 0.05 };
const SEED = 1;
const STREAM = 0x77a0;

/**
 * So many numbers for each of `copies` changes, as FeedChunk.warps has them; the first leaves the image as it is. Their ranges are
 * those that the net was trained with.
 */
export function smallWarps(
  copies: number,
  [, height, width]: RecordShape,
  cropSize: number,
  affine: AffineParameter | undefined,
): Float32Array {
  // Loaded only here: nobody else who encodes needs it.
  const { Warper } = require('../data/warper.js') as typeof import('../data/warper.js');
  const { Random } = require('../data/random.js') as typeof import('../data/random.js');
  const options = { height, width, cropSize };
  const ranges = filled('AffineParameter', affine && moves(affine) ? affine : smallOf(cropSize || height));
  const warper = (affine?: Filled<AffineParameter>) => new Warper({ ...options, affine }, Random.seeded(SEED, STREAM));
  const changing = warper(ranges);
  const warps = changing.draw(copies, undefined, undefined);
  warps.fill(0, 0, changing.size).set(warper().draw(1, undefined, undefined));
  return warps;
}

function smallOf(side: number): AffineParameter {
  return { ...SMALL, translation: SMALL.translation * side };
}

function moves({ rotation = 0, translation = 0, scale = 0, shear = 0, elastic = 0 }: AffineParameter): boolean {
  return rotation + translation + scale + shear + elastic > 0;
}
