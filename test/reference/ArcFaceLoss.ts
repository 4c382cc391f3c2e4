/** Softmax over scaled cosines to the classes, the own class's angle widened by a margin. */
import { rows } from './batch-pairs';
import { type Reference, scalar } from './reference';

export const ArcFaceLoss = (scale = 64, margin = 0.5): Reference => ({
  forward: ([x, labels], [w]) => {
    const unit = (row: number[]) => {
      const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
      return row.map((v) => v / length);
    };
    const classes = rows(w!).map(unit);
    const losses = rows(x!)
      .map(unit)
      .map((z, i) => {
        const cosines = classes.map((k) => k.reduce((sum, v, c) => sum + v * z[c]!, 0));
        const label = labels!.data[i]!;
        const angle = Math.acos(cosines[label]!);
        const moved = angle + margin < Math.PI ? Math.cos(angle + margin) : cosines[label]! - margin * Math.sin(margin);
        const logits = cosines.map((cosine, k) => scale * (k === label ? moved : cosine));
        const top = Math.max(...logits);
        return top + Math.log(logits.reduce((sum, l) => sum + Math.exp(l - top), 0)) - logits[label]!;
      });
    return [scalar(losses.reduce((a, b) => a + b, 0) / losses.length)];
  },
});
