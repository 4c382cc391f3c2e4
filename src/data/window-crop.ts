/** Cuts a window out of an image as R-CNN does: with context around it, warped to a square. Source: Caffe window_data_layer.cpp. */
import type { Image } from './image.js';
import { resizeImage } from './image-resize.js';
import type { ImageWindow } from './window-file.js';

export interface WindowOptions {
  cropSize: number;
  /** Pixels of context on each side, after warping. */
  contextPad: number;
  /** Keep the shape: widen the shorter side. */
  square: boolean;
  scale: number;
  /** One for each channel. */
  means: readonly number[];
  /** A mean image of which the centre is taken. */
  meanImage?: { values: Float32Array; height: number; width: number } | undefined;
}

/** C x cropSize x cropSize floats into `out`; what lies outside the image is 0, which is the mean. */
export function cropWindow(
  image: Image,
  window: ImageWindow,
  mirror: boolean,
  options: WindowOptions,
  out: Float32Array,
): void {
  const { cropSize, scale, means, meanImage } = options;
  const { left, top, width, height, padLeft, padTop, warpedWidth, warpedHeight } = place(
    image,
    window,
    mirror,
    options,
  );
  const warped = resizeImage(cut(image, left, top, width, height), warpedHeight, warpedWidth, 'linear');
  out.fill(0);
  const offset = meanImage ? [(meanImage.height - cropSize) >> 1, (meanImage.width - cropSize) >> 1] : [0, 0];
  for (let c = 0; c < image.channels; c++) {
    for (let y = 0; y < warpedHeight; y++) {
      for (let x = 0; x < warpedWidth; x++) {
        const from = (c * warpedHeight + y) * warpedWidth + (mirror ? warpedWidth - 1 - x : x);
        const [row, column] = [y + padTop, x + padLeft];
        const mean = meanImage
          ? meanImage.values[(c * meanImage.height + row + offset[0]!) * meanImage.width + column + offset[1]!]!
          : (means[means.length === 1 ? 0 : c] ?? 0);
        out[(c * cropSize + row) * cropSize + column] = (warped.bytes[from]! - mean) * scale;
      }
    }
  }
}

interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
  padLeft: number;
  padTop: number;
  warpedWidth: number;
  warpedHeight: number;
}

function place(image: Image, window: ImageWindow, mirror: boolean, options: WindowOptions): Place {
  const { cropSize, contextPad, square } = options;
  let { x1, y1, x2, y2 } = window;
  if (contextPad === 0 && !square) {
    const size = { width: x2 - x1 + 1, height: y2 - y1 + 1, warpedWidth: cropSize, warpedHeight: cropSize };
    return { left: x1, top: y1, padLeft: 0, padTop: 0, ...size };
  }
  // The window is expanded so that, once warped, it has contextPad pixels around it on each side.
  const expand = cropSize / (cropSize - 2 * contextPad);
  let [halfWidth, halfHeight] = [(x2 - x1 + 1) / 2, (y2 - y1 + 1) / 2];
  const [centreX, centreY] = [x1 + halfWidth, y1 + halfHeight];
  if (square) halfWidth = halfHeight = Math.max(halfWidth, halfHeight);
  x1 = round(centreX - halfWidth * expand);
  x2 = round(centreX + halfWidth * expand);
  y1 = round(centreY - halfHeight * expand);
  y2 = round(centreY + halfHeight * expand);
  const scaleX = cropSize / (x2 - x1 + 1);
  const scaleY = cropSize / (y2 - y1 + 1);
  // What of it lies outside the image is cut off, and left free where it would have been.
  const outside = { left: Math.max(0, -x1), top: Math.max(0, -y1) };
  const right = Math.max(0, x2 - image.width + 1);
  const bottom = Math.max(0, y2 - image.height + 1);
  const [left, top] = [x1 + outside.left, y1 + outside.top];
  const [width, height] = [x2 - right - left + 1, y2 - bottom - top + 1];
  const padTop = round(outside.top * scaleY);
  const padLeft = round((mirror ? right : outside.left) * scaleX);
  // Rounding may make it a pixel too long.
  const warpedWidth = Math.max(1, Math.min(round(width * scaleX), cropSize - padLeft));
  const warpedHeight = Math.max(1, Math.min(round(height * scaleY), cropSize - padTop));
  return { left, top, width, height, padLeft, padTop, warpedWidth, warpedHeight };
}

function cut(image: Image, left: number, top: number, width: number, height: number): Image {
  const bytes = new Uint8Array(image.channels * height * width);
  for (let c = 0, to = 0; c < image.channels; c++) {
    for (let y = 0; y < height; y++, to += width) {
      const from = (c * image.height + top + y) * image.width + left;
      bytes.set(image.bytes.subarray(from, from + width), to);
    }
  }
  return { channels: image.channels, height, width, bytes };
}

/** C's round: halves away from 0. */
function round(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
