/** One decoded image, and its conversion between gray and colour. */

/** Bytes in Caffe's C x H x W order; colour planes in the order B, G, R. */
export interface Image {
  channels: number;
  height: number;
  width: number;
  bytes: Uint8Array;
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
