/** What a layer says of shapes and options that it cannot take, and where it points. */
import type { SiameseError } from '../../src/errors';
import { buildNet } from '../../src/net/net';
import { parseText } from '../../src/proto/text';
import { netText } from './harness';

export interface ErrorCase {
  name: string;
  /** The body of the layer, its type left out. */
  options?: string;
  shapes: number[][];
  tops?: number;
  inPlace?: boolean;
  phase?: 'TRAIN' | 'TEST';
  labelCount?: number;
  message: RegExp;
  /** A value, or a field, that occurs first there; the position must be that of its field. Default: the layer itself. */
  at?: string;
}

export function testErrors(type: string, cases: ErrorCase[]): void {
  describe('refuses', () => {
    it.each(cases)('$name', (one) => {
      const text = netText({
        layer: `type: "${type}" ${one.options ?? ''}`,
        bottoms: one.shapes.map((shape) => ({ shape, data: [] })),
        tops: one.tops ?? 1,
        inPlace: one.inPlace ?? false,
      });
      const error = errorOf(text, one);
      expect(error.code).toBe('input');
      expect(error.layer).toBe('tested');
      expect(error.message).toMatch(one.message);
      const lines = text.split('\n');
      const line = lines.findIndex((candidate) => candidate.includes('name: "tested"'));
      const column = columnOf(lines[line]!, one.at ?? 'layer');
      expect({ line: error.at?.line, column: error.at?.column }).toEqual({ line: line + 1, column: column + 1 });
    });
  });
}

/** Where the field of that value begins. */
function columnOf(line: string, at: string): number {
  const index = line.indexOf(at);
  if (index < 0) throw new Error(`"${at}" does not occur in: ${line}`);
  return index - (/\w+:\s*$/.exec(line.slice(0, index))?.[0].length ?? 0);
}

function errorOf(text: string, { phase = 'TRAIN', labelCount }: ErrorCase): SiameseError {
  const net = parseText('NetParameter', text, 'layer.prototxt').message;
  try {
    buildNet(net, { phase, ...(labelCount === undefined ? {} : { labelCount }) });
  } catch (error) {
    return error as SiameseError;
  }
  throw new Error(`this net was built:\n${text}`);
}

/** Options that the layer takes and does not use: it says so, once, at the field. */
export function testWarnings(type: string, cases: Omit<ErrorCase, 'phase'>[]): void {
  describe('warns of', () => {
    it.each(cases)('$name', (one) => {
      const { options = '', shapes, tops = 1, message, at = 'layer' } = one;
      const bottoms = shapes.map((shape) => ({ shape, data: [] }));
      const text = netText({ layer: `type: "${type}" ${options}`, bottoms, tops });
      const warnings: SiameseError[] = [];
      const warn = (warning: SiameseError) => warnings.push(warning);
      buildNet(parseText('NetParameter', text, 'layer.prototxt').message, {
        phase: 'TRAIN',
        warn,
        ...(one.labelCount === undefined ? {} : { labelCount: one.labelCount }),
      });
      expect(warnings.map((warning) => warning.message)).toEqual([expect.stringMatching(message)]);
      const line = text.split('\n')[warnings[0]!.at!.line - 1]!;
      expect(warnings[0]!.at!.column).toBe(columnOf(line, at) + 1);
    });
  });
}
