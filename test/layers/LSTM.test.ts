import { LSTM } from '../reference/LSTM';
import { testGolden } from './golden-cases';
import { testRecurrent } from './recurrent-cases';

describe('LSTM', () => {
  testGolden('LSTM');
  testRecurrent({
    type: 'LSTM',
    states: 2,
    gates: 4,
    reference: LSTM,
    own: (outputs) => [[4 * outputs, outputs]],
  });
});
