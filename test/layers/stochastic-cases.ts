/** What every layer that draws in its forward pass owes: anew each time, by the seed, and on from a state. */
import { type LayerCase, openLayer } from './harness';

/** `drawing` draws, with the seed it has; `steady` is the same layer with options by which it draws nothing. */
export function testDraws(drawing: LayerCase & { seed: number }, steady: string): void {
  it('draws anew at each pass, by the seed, and goes on from its state; without draws there is none', async () => {
    const first = openLayer(drawing);
    const one = await first.run();
    const state = first.engine.readState('tested');
    const two = await first.run();
    expect(two).not.toEqual(one);
    const other = openLayer({ ...drawing, seed: drawing.seed + 1 });
    expect(await other.run()).not.toEqual(one);
    other.engine.writeState('tested', state);
    expect(await other.run()).toEqual(two);
    const without = openLayer({ ...drawing, layer: steady });
    expect(without.engine.readState('tested')).toHaveLength(0);
    for (const { engine } of [first, other, without]) engine.dispose();
  });
}
