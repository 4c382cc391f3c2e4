/**
 * Towers that share too little: a Siamese net whose parameter names do not agree trains two nets and says nothing.
 *
 * Towers are the branches below a layer that compares its bottoms, as far as they have the same types and parameter shapes.
 */
import { nearest, type SiameseError } from '../errors.js';
import { layerError } from './layer-error.js';
import type { Net, NetLayer } from './net-types.js';

/** Layers whose bottoms are encodings of towers, and how many of these bottoms. */
const COMPARES: Readonly<Record<string, number>> = { ContrastiveLoss: 2, TripletLoss: 3, EuclideanLoss: 2 };

/** One layer of the second or a later tower beside its counterpart of the first. */
interface Pair {
  first: NetLayer;
  other: NetLayer;
}

export function sharingWarnings(net: Net): SiameseError[] {
  const warnings = net.layers.flatMap((layer) => towerWarnings(net, layer));
  return warnings.length > 0 ? warnings : loneNames(net);
}

function towerWarnings(net: Net, layer: NetLayer): SiameseError[] {
  const compared = COMPARES[layer.type.type] ?? (isDifference(layer) ? 2 : 0);
  const branches = layer.bottoms.slice(0, compared).map((blob) => ancestors(net, layer, blob));
  const [first, ...others] = branches;
  return others.flatMap((other) => {
    const pairs = counterparts(first!, other);
    const apart = pairs.filter((pair) => unshared(pair).length > 0);
    if (apart.length === 0) return [];
    const nothing = pairs.every((pair) => unshared(pair).length === pair.first.params.length);
    if (!nothing) return apart.map(unsharedPair);
    const [bottom, twin] = [layer.bottoms[0]!, layer.bottoms[branches.indexOf(other)]!].map((b) => net.blobs[b]!.name);
    const names = `"${pairs[0]!.first.param.name}" and "${pairs[0]!.other.param.name}"`;
    return [
      layerError(layer.param, `its bottoms "${bottom}" and "${twin}" come from towers that share no parameters`, {
        help: `for one set of weights, give the params of ${names} the same names, and so on`,
      }),
    ];
  });
}

/** Which parameters of two layers are two blobs. */
function unshared({ first, other }: Pair): number[] {
  return first.params.flatMap(({ id }, p) => (other.params[p]!.id === id ? [] : [p]));
}

function unsharedPair(pair: Pair): SiameseError {
  const { first, other } = pair;
  const [p = 0, ...more] = unshared(pair);
  const [mine, theirs] = [other, first].map(({ param }) => param.param?.[p]?.name || undefined);
  const names = mine && theirs ? `: ${more.length > 0 ? 'the first' : 'it'} is named "${mine}", there "${theirs}"` : '';
  const which = more.length > 0 ? 'params' : p === 0 ? 'first param' : 'second param';
  return layerError(other.param, `does not share its ${which} with "${first.param.name}" of the other tower${names}`, {
    field: `param[${p}].name`,
    help: 'the rest of these towers is shared: is it a typing error?',
  });
}

/** Names used once that are nearly a name used elsewhere, for a blob of the same shape. */
function loneNames(net: Net): SiameseError[] {
  const users = new Map<string, { layer: NetLayer; index: number }[]>();
  for (const layer of net.layers) {
    for (const index of layer.params.keys()) {
      const name = layer.param.param?.[index]?.name;
      if (name) users.set(name, [...(users.get(name) ?? []), { layer, index }]);
    }
  }
  return [...users].flatMap(([name, [user, ...more]]) => {
    const { layer, index } = user!;
    const shape = layer.params[index]!.shape.join();
    // A digit more or less tells layers apart (conv1_w, conv2_w); it is no slip.
    const alike = [...users].filter(
      ([other, [owner, ...rest]]) =>
        other !== name &&
        rest.length > 0 &&
        letters(other) !== letters(name) &&
        owner!.layer.params[owner!.index]!.shape.join() === shape,
    );
    const near =
      more.length === 0 &&
      nearest(
        name,
        alike.map(([other]) => other),
      );
    if (!near) return [];
    return [
      layerError(layer.param, `no other layer uses the parameter name "${name}"`, {
        field: `param[${index}].name`,
        help: `did you mean "${near}"?`,
      }),
    ];
  });
}

const letters = (name: string) => name.replace(/\d/g, '');

/** x - y, or a squared or absolute difference made of it. */
function isDifference({ type, setup }: NetLayer): boolean {
  const coeff = type.type === 'Eltwise' ? (setup.attributes.coeff as number[]) : [];
  return coeff.length === 2 && coeff[0]! * coeff[1]! < 0;
}

/** Layers with parameters that a blob depends on, in net order. */
function ancestors(net: Net, before: NetLayer, blob: number): Set<NetLayer> {
  const found = new Set<NetLayer>();
  const wanted = new Set([blob]);
  for (const layer of net.layers.slice(0, net.layers.indexOf(before)).reverse()) {
    if (!layer.tops.some((top) => wanted.has(top))) continue;
    for (const bottom of layer.bottoms) wanted.add(bottom);
    // Each tower may keep statistics of its own.
    if (layer.params.length > (layer.type.fixedParams ?? 0)) found.add(layer);
  }
  return new Set([...found].reverse());
}

/** The layers of two towers side by side, without what both stand on; none where they are not alike. */
function counterparts(first: ReadonlySet<NetLayer>, other: ReadonlySet<NetLayer>): Pair[] {
  const [mine, theirs] = [
    [...first].filter((layer) => !other.has(layer)),
    [...other].filter((layer) => !first.has(layer)),
  ];
  const kind = (layer: NetLayer) => `${layer.type.type} ${layer.params.map(({ shape }) => shape.join('x'))}`;
  if (mine.map(kind).join() !== theirs.map(kind).join()) return [];
  return mine.map((layer, i) => ({ first: layer, other: theirs[i]! }));
}
