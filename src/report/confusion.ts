/** The confusion matrix: which class the records of each class were matched to. */
import { drawTitle } from './axes.js';
import { blend, sequential } from './colors.js';
import { BLACK, cutText, GRAY, Picture, textWidth, WHITE } from './picture.js';

export interface ConfusionOptions {
  title: string;
  classes: readonly { name: string }[];
}

/** More classes than this get no numbers, since no one could read them, and no names where these would overlap. */
const MOST_NUMBERS = 40;
const LONGEST_NAME = 16;

/** Rows: the true class, columns: the class matched to, coloured by the share of the row; mistakes by its square root, red. */
export function confusionMatrix(matrix: readonly (readonly number[])[], { title, classes }: ConfusionOptions): Picture {
  const count = matrix.length;
  const cell = Math.max(3, Math.min(52, Math.floor(900 / Math.max(1, count))));
  const size = Math.min(13, cell * 0.3 + 3);
  const names = classes.map(({ name }) => cutText(name, LONGEST_NAME));
  const left = 40 + (cell >= 10 ? Math.max(0, ...names.map((name) => textWidth(name, size))) : 0);
  const head = 64 + (cell >= 10 ? left - 40 : 0);
  const picture = new Picture(Math.max(left + count * cell + 90, 460), head + count * cell + 40);
  drawTitle(picture, title);
  picture.text(left + (count * cell) / 2, head + count * cell + 20, 'matched to', { size: 14, anchor: 'middle' });
  picture.text(16, head + (count * cell) / 2, 'true class', { size: 14, anchor: 'middle', upright: true });
  for (const [row, counts] of matrix.entries()) {
    const total = counts.reduce((sum, n) => sum + n, 0);
    for (const [column, n] of counts.entries()) {
      const [x, y] = [left + column * cell, head + row * cell];
      const share = total > 0 ? n / total : 0;
      const fill = row === column ? sequential(share * 0.8) : blend(WHITE, [205, 35, 40], Math.sqrt(share));
      picture.rectangle(x, y, cell, cell, { fill });
      if (n > 0 && count <= MOST_NUMBERS) {
        const color = share > (row === column ? 0.6 : 0.35) ? WHITE : BLACK;
        const fitting = Math.min(size, (cell - 4) / textWidth(String(n), 1));
        if (fitting >= 6)
          picture.text(x + cell / 2, y + cell / 2, String(n), { size: fitting, color, anchor: 'middle' });
      }
    }
    if (cell < 10) continue;
    const middle = (row + 0.5) * cell;
    picture.text(left - 6, head + middle, names[row] ?? '', { size, color: GRAY, anchor: 'end' });
    picture.text(left + middle, head - 6, names[row] ?? '', { size, color: GRAY, upright: true });
    const right = total > 0 ? `${((100 * counts[row]!) / total).toFixed(1)} %` : '';
    picture.text(left + count * cell + 8, head + middle, right, { size, color: GRAY });
  }
  picture.rectangle(left, head, count * cell, count * cell, { stroke: GRAY, width: 1 });
  return picture;
}
