/** Class-balanced draws from a Data layer's prototxt: which classes share a batch, and how many images of each. */
import { SiameseError } from '../errors.js';
import type { DataParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import type { Filled } from '../proto/schema.js';
import type { ClassOrderOptions } from './class-order.js';
import type { FeedOptions } from './feed.js';
import { warnAt } from './feed-warning.js';
import { roundLength } from './group-order.js';
import type { LabelIndex } from './label-index.js';

/**
 * Of the whole batch, or class by class; undefined where records come by themselves. `turnStep`: what a quarter turn adds to
 * a label, where classes are rotated.
 */
export function groupsOf(
  options: FeedOptions,
  data: Filled<DataParameter>,
  index: LabelIndex,
  turnStep?: number,
): Pick<ClassOrderOptions, 'classes' | 'imagesPerClass' | 'of'> | undefined {
  const { images_per_class: imagesPerClass, balance_classes, batch_size, classes_per_group } = data;
  if (imagesPerClass === 0) return balance_classes ? { classes: 1, imagesPerClass: 1 } : undefined;
  const classes = batch_size / imagesPerClass;
  const { source } = options;
  if (classes > index.labels.length) {
    const message = `a batch of ${batch_size} with ${imagesPerClass} images of each class needs ${classes} classes, ${source.info.name} has ${index.labels.length}`;
    fail(options, 'images_per_class', message, 'raise images_per_class, or lower batch_size');
  }
  const small = index.labels.filter((_, k) => index.size(k) < imagesPerClass);
  if (small.length > 0) {
    const message = `${small.length} labels have fewer than ${imagesPerClass} records, which come several times in a batch (label ${small[0]})`;
    warnAt(options, 'data_param.images_per_class', `${source.info.name}: ${message}`);
  }
  if (classes_per_group === 0) return { classes, imagesPerClass };
  const named = groupsByName(options, index, turnStep);
  const groups = [...named.values()];
  const of = { groups, together: classes_per_group };
  if (roundLength({ ...of, batch: classes }) === 0) {
    const most = Math.max(...groups.map(({ length }) => length));
    const message = `a batch needs ${classes} classes, ${classes_per_group} of a group; the ${groups.length} groups of ${source.info.name} have at most ${most}`;
    fail(options, 'classes_per_group', message, 'lower classes_per_group, or batch_size');
  }
  const short = [...named].filter(([, group]) => group.length < classes_per_group);
  if (short.length > 0) {
    const never = short.reduce((sum, [, group]) => sum + group.length, 0);
    const message = `${never} classes never come: their groups have fewer than classes_per_group, ${classes_per_group} (${short[0]![0]})`;
    warnAt(options, 'data_param.classes_per_group', `${source.info.name}: ${message}`);
  }
  return { classes, imagesPerClass, of };
}

/** Numbers of the classes of each group, the outer folder of their names; turned ones are a group of their own. */
function groupsByName(
  options: FeedOptions,
  index: LabelIndex,
  turnStep: number | undefined,
): ReadonlyMap<string, number[]> {
  const { classNames, name } = options.source.info;
  if (!classNames?.some((className) => className.includes('/'))) {
    const message = `classes_per_group: the classes of ${name} are in no groups`;
    fail(
      options,
      'classes_per_group',
      message,
      'groups are the outer of two levels of folders, as in Greek/character01',
    );
  }
  const groups = new Map<string, number[]>();
  for (const [k, label] of index.labels.entries()) {
    const turn = turnStep === undefined ? 0 : Math.floor(label / turnStep);
    const className = classNames![label - turn * (turnStep ?? 0)] ?? '';
    const outer = className.replace(/[^/]*$/, '');
    const group = turnStep === undefined ? outer : `${outer} in view ${turn}`;
    groups.set(group, [...(groups.get(group) ?? []), k]);
  }
  return groups;
}

function fail({ layer }: FeedOptions, field: string, message: string, help: string): never {
  const details = { layer: layer.name, at: positionOf(layer, `data_param.${field}`), help };
  throw new SiameseError('data', `layer "${layer.name}" (${layer.type}): ${message}`, details);
}
