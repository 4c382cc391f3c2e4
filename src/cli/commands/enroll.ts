/** siamese enroll: a class, or examples to one, from images, without training. */

import { SiameseError } from '../../errors.js';
import type { Exemplar } from '../../match/gallery.js';
import { addExemplars } from '../../match/gallery.js';
import { knownClasses } from '../../match/known-classes.js';
import { Matcher } from '../../match/matcher.js';
import { type Call, usageError } from '../call.js';
import { exemplarsOf } from '../encode-images.js';
import { changeGallery, currentGallery, type Enrolment, findEnrolment } from '../enrolment.js';
import { imageNames, imagesIn } from '../images.js';

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const [name, ...args] = call.args;
  if (name === undefined)
    throw usageError('enroll needs the name of a class and an image', 'siamese enroll NAME IMAGE');
  const images = imageNames({ ...call, args }).flatMap(imagesIn);
  const enrolment = findEnrolment(call);
  const exemplars = await exemplarsOf(enrolment, images, call);
  for (const warning of lookAlikes(enrolment, name, exemplars)) terminal.warn(warning);
  const { gallery, added, repeated } = await changeGallery(enrolment, (before) => {
    return addExemplars(before, new Map([[name, exemplars]]), enrolment.centroids, { force: flags.force });
  });
  for (const image of repeated) terminal.talk(`${image}: "${name}" holds this image already`);
  const { label, count, threshold } = gallery.classes.find((known) => known.name === name)!;
  if (terminal.json) {
    terminal.outJson('siamese.enroll/1', {
      gallery: enrolment.file,
      class: name,
      label,
      added,
      repeated,
      exemplars: count,
      threshold,
    });
    return 0;
  }
  const inAll = count > added ? `, ${plural(count, 'image')} in all` : '';
  terminal.out(
    `${name}: ${plural(added, 'image')} enrolled${inAll}; threshold ${threshold.toPrecision(4)}; ${enrolment.file}`,
  );
  terminal.next('siamese match IMAGE');
  return 0;
}

/** An example that the net takes for another class will make the two hard to tell apart: the user should know now. */
function lookAlikes(enrolment: Enrolment, name: string, exemplars: readonly Exemplar[]): SiameseError[] {
  const others = knownClasses(enrolment.centroids, currentGallery(enrolment));
  const classes = others.classes.filter((known) => known.name !== name);
  if (classes.length === 0) return [];
  const matcher = new Matcher({ ...others, classes, parts: undefined });
  return exemplars.flatMap(({ encoding, image }) => {
    const [match] = matcher.match(encoding);
    if (!match || match.unknown) return [];
    const near = `distance ${match.distance.toPrecision(4)}, threshold ${match.threshold.toPrecision(4)}`;
    return [new SiameseError('input', `${image}: to this net it looks like class "${match.name}" (${near})`)];
  });
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
