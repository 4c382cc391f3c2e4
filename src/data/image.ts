/** One decoded image, its conversion between gray and colour, and a square cut out of it. */
import { SiameseError } from '../errors.js';

/** Bytes in Caffe's C x H x W order; colour planes in the order B, G, R. */
export interface Image {
  channels: number;
  height: number;
  width: number;
  bytes: Uint8Array;
}

/** A square of `size` pixels: how far it lies from the top and from the left, as shares (below 1) of the places there are. */
export interface Window {
  size: number;
  y: number;
  x: number;
}

/** In the middle, as Caffe crops while testing: (height - size) / 2, halves cut off. */
export const CENTRE = { y: 0.5, x: 0.5 } as const;

/** The window of an image. Throws SiameseError('data') where it is smaller. */
export function cropImage(image: Image, { size, y, x }: Window, name: string): Image {
  const { channels, height, width } = image;
  if (height < size || width < size) {
    const message = `${name} is of ${height} x ${width} (height x width), smaller than crop_size ${size}`;
    throw new SiameseError('data', message, { help: 'give new_height and new_width, or a smaller crop_size' });
  }
  const top = y === CENTRE.y ? (height - size) >> 1 : Math.floor(y * (height - size + 1));
  const left = x === CENTRE.x ? (width - size) >> 1 : Math.floor(x * (width - size + 1));
  const bytes = new Uint8Array(channels * size * size);
  for (let line = 0; line < channels * size; line++) {
    const from = (Math.floor(line / size) * height + top + (line % size)) * width + left;
    bytes.set(image.bytes.subarray(from, from + size), line * size);
  }
  return { channels, height: size, width: size, bytes };
}

/** OpenCV's weights of R, G and B in gray, in 1/16384ths: 0.299, 0.587, 0.114. */
const RED = 4899;
const GREEN = 9617;
const BLUE = 1868;

/** The same image with 1 or 3 channels, as OpenCV converts it. */
export function toChannels(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const plane = image.height * image.width;
  const bytes = new Uint8Array(channels * plane);
  if (channels === 3) {
    for (let c = 0; c < 3; c++) bytes.set(image.bytes, c * plane);
  } else {
    const from = image.bytes;
    for (let i = 0; i < plane; i++) {
      bytes[i] = (from[i]! * BLUE + from[plane + i]! * GREEN + from[2 * plane + i]! * RED + 8192) >> 14;
    }
  }
  return { channels, height: image.height, width: image.width, bytes };
}
