import { RNN } from '../reference/RNN';
import { testRecurrent } from './recurrent-cases';

describe('RNN', () => {
  testRecurrent({
    type: 'RNN',
    states: 1,
    gates: 1,
    reference: RNN,
    own: (outputs) => [[outputs, outputs], [outputs, outputs], [outputs]],
  });
});
