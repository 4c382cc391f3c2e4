import { Tile } from '../reference/Tile';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { testAgainstReference } from './reference-cases';

describe('Tile', () => {
  testGolden('Tile');
  testAgainstReference('Tile', [
    { name: 'channels', options: 'tile_param { tiles: 2 }', shapes: [[17, 3, 2]], reference: Tile(2) },
    { name: 'items', options: 'tile_param { tiles: 3 axis: 0 }', shapes: [[2, 3]], reference: Tile(3, 0) },
    { name: 'the last axis', options: 'tile_param { tiles: 2 axis: -1 }', shapes: [[2, 3, 2]], reference: Tile(2, 2) },
  ]);
  testErrors('Tile', [
    {
      name: 'no tile',
      options: 'tile_param { tiles: 0 }',
      shapes: [[2, 3]],
      message: /tiles must be at least 1/,
      at: '0 }',
    },
  ]);
});
