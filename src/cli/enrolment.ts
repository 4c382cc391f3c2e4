/** The trained net and the gallery that the flags mean, for the commands that read or change enrolled classes. */
import { existsSync } from 'node:fs';
import type { Centroids } from '../match/centroids.js';
import type { EnrolledGallery } from '../match/gallery.js';
import {
  checkGalleryBelongs,
  emptyGallery,
  galleryFileOf,
  openGallery,
  readGallery,
  writeGallery,
} from '../match/gallery-file.js';
import { withLock } from '../match/gallery-lock.js';
import type { PackedGallery } from '../match/packed-gallery.js';
import type { Call } from './call.js';
import { findCaffemodel, needCentroids } from './trained.js';

export interface Enrolment {
  caffemodel: string;
  centroids: Centroids;
  /** The gallery file; it need not exist. */
  file: string;
}

export function findEnrolment(call: Call): Enrolment {
  const caffemodel = findCaffemodel(call);
  const { centroids } = needCentroids(caffemodel);
  return { caffemodel, centroids, file: call.flags.gallery ?? galleryFileOf(caffemodel) };
}

/** The gallery to match with: one that --gallery names must be there, the one beside the snapshot need not. */
export function galleryToMatch({ flags }: Call, caffemodel: string, centroids: Centroids): PackedGallery | undefined {
  if (flags.classes === 'trained' && flags.gallery === undefined) return undefined;
  const file = flags.gallery ?? galleryFileOf(caffemodel);
  if (flags.gallery === undefined && !existsSync(file)) return undefined;
  const gallery = openGallery(file);
  checkGalleryBelongs(gallery, file, centroids);
  return gallery;
}

/** The gallery as it is; one without classes where there is no file. */
export function currentGallery({ file, centroids }: Enrolment): EnrolledGallery {
  return existsSync(file) ? read(file, centroids) : emptyGallery(centroids);
}

/** Changes the gallery: what others write at the same time waits, and is not lost. */
export async function changeGallery<T extends { gallery: EnrolledGallery }>(
  enrolment: Enrolment,
  change: (gallery: EnrolledGallery) => T,
): Promise<T> {
  return withLock(enrolment.file, () => {
    const before = currentGallery(enrolment);
    const result = change(before);
    if (result.gallery !== before) writeGallery(enrolment.file, result.gallery);
    return result;
  });
}

function read(file: string, centroids: Centroids): EnrolledGallery {
  const gallery = readGallery(file);
  checkGalleryBelongs(gallery, file, centroids);
  return gallery;
}
