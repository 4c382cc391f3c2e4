/** siamese unenroll: takes an enrolled class, or some of its images, out of the gallery. */
import { existsSync } from 'node:fs';
import { nearest, SiameseError } from '../../errors.js';
import { type EnrolledGallery, removeExemplars } from '../../match/gallery.js';
import { digestOfRecord } from '../../match/gallery-file.js';
import { type Call, usageError } from '../call.js';
import { changeGallery, type Enrolment, findEnrolment } from '../enrolment.js';
import { readImage } from '../images.js';

export async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const [name, ...images] = call.args;
  if (name === undefined) throw usageError('unenroll needs the name of a class', 'siamese gallery list shows them');
  const enrolment = findEnrolment(call);
  const wanted = await Promise.all(images.map((image) => wantedDigest(image, enrolment)));
  const { gallery, removed } = await changeGallery(enrolment, (before) => {
    const digests =
      images.length > 0
        ? images.map((image, i) => digestFor(image, wanted[i]!, needClass(before, name, enrolment.file)))
        : undefined;
    needClass(before, name, enrolment.file);
    return removeExemplars(before, name, enrolment.centroids, digests);
  });
  const left = gallery.classes.find((known) => known.name === name)?.count ?? 0;
  if (terminal.json)
    terminal.outJson('siamese.unenroll/1', { gallery: enrolment.file, class: name, removed, exemplars: left });
  else
    terminal.out(
      `${name}: ${removed} image${removed === 1 ? '' : 's'} taken out, ${left === 0 ? 'the class is gone' : `${left} left`}`,
    );
  return 0;
}

/** Throws SiameseError('input') that names the nearest class there is. */
export function needClass({ classes }: EnrolledGallery, name: string, file: string) {
  const known = classes.find((candidate) => candidate.name === name);
  if (known) return known;
  const near = nearest(
    name,
    classes.map((candidate) => candidate.name),
  );
  throw new SiameseError('input', `no class "${name}" is enrolled in ${file}`, {
    help: near === undefined ? 'siamese gallery list shows the classes' : `did you mean "${near}"?`,
  });
}

/** Of an image by file, or the first digits of its digest. */
async function wantedDigest(image: string, { centroids }: Enrolment): Promise<string> {
  if (/^[0-9a-f]{8,64}$/.test(image) && !existsSync(image)) return image;
  return Buffer.from(digestOfRecord((await readImage(image, centroids)).record)).toString('hex');
}

function digestFor(image: string, wanted: string, { name, exemplars }: EnrolledGallery['classes'][number]): Uint8Array {
  const found = exemplars.filter(({ digest }) => Buffer.from(digest).toString('hex').startsWith(wanted));
  if (found.length === 1) return found[0]!.digest;
  throw new SiameseError(
    'input',
    `"${name}" holds ${found.length === 0 ? 'no image' : 'several images like'} ${image}`,
    {
      help: `siamese gallery show ${name} lists its images`,
    },
  );
}
