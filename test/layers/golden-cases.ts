/** The golden test of a layer type: what BVLC Caffe computed, forward and backward, on its own inputs. */
import { expectClose } from './close';
import { blobsOf, type Gold, goldsOf } from './gold';
import { type LayerCase, openLayer } from './harness';

export interface GoldenOptions {
  /** Cases left out, and why. */
  except?: Record<string, string>;
  /** Cases held to another tolerance, and why it must be. */
  tolerances?: Record<string, [tolerance: number, reason: string]>;
}

/** Both sides compute in float32 in other orders of summation. */
const TOLERANCE = 1e-5;

export function testGolden(type: string, { except = {}, tolerances = {} }: GoldenOptions = {}): void {
  describe('equals the original Caffe', () => {
    const golds = goldsOf(type);
    if (golds.length === 0) throw new Error(`no golden case of type ${type}`);
    for (const gold of golds) {
      if (except[gold.name]) continue;
      it(gold.name, () => checkGold(gold, tolerances[gold.name]?.[0] ?? TOLERANCE));
    }
    it('knows the cases it names', () => {
      const names = golds.map(({ name }) => name);
      for (const name of [...Object.keys(except), ...Object.keys(tolerances)]) expect(names).toContain(name);
    });
  });
}

async function checkGold(gold: Gold, tolerance: number): Promise<void> {
  const layer = openLayer(caseOf(gold));
  try {
    let run = await layer.run();
    for (let i = 1; i < gold.forward_repeats; i++) run = await layer.run();
    expect(run.tops.map(({ shape }) => shape)).toEqual(blobsOf(gold, 'top', 'data').map(({ shape }) => shape));
    for (const { index, data } of blobsOf(gold, 'top', 'data')) {
      expectClose(run.tops[index]!.data, data, tolerance, `top ${index}`);
    }
    for (const { index, data } of blobsOf(gold, 'bottom', 'diff')) {
      // No gradient at all, as after Silence, is a gradient of zeros.
      const diff = run.bottomDiffs[index] ?? new Float32Array(data.length);
      expectClose(diff, data, tolerance, `gradient of bottom ${index}`);
    }
    for (const { index, data } of blobsOf(gold, 'param', 'diff')) {
      const diff = run.paramDiffs[index];
      if (diff) expectClose(diff, data, tolerance, `gradient of blob ${index}`);
    }
    for (const { index, data } of blobsOf(gold, 'param', 'data_after')) {
      expectClose(run.paramsAfter[index]!, data, tolerance, `blob ${index} afterwards`);
    }
  } finally {
    layer.engine.dispose();
  }
}

function caseOf(gold: Gold): LayerCase {
  const tops = blobsOf(gold, 'top', 'data').length;
  const topDiffs = blobsOf(gold, 'top', 'diff');
  const isLoss = /Loss$/.test(gold.type);
  return {
    layer: withoutEnds(gold.layer_prototxt),
    bottoms: blobsOf(gold, 'bottom', 'data'),
    tops,
    params: blobsOf(gold, 'param', 'data').map(({ data }) => data),
    ...(gold.backward ? { topDiffs: topDiffs.map(({ data }) => (isLoss ? undefined : data)) } : {}),
    frozen: gold.propagate_down.map((down, i) => !down && !(isLoss && i > 0)),
    inPlace: gold.in_place,
    phase: gold.phase,
  };
}

/** The harness names the layer and its blobs itself. */
function withoutEnds(prototxt: string): string {
  return prototxt
    .replace(/^\s*(name|bottom|top): "[^"]*"\s*$/gm, '')
    .replace(/\b(name|bottom|top): "(bottom|top)\d"/g, '');
}
