/** Share of labels among the top k scores, ties against the label. */
import { around, fill, type Reference, scalar } from './reference';

export function Accuracy({
  axis = 1,
  top_k = 1,
  ignored,
  perClass = false,
}: {
  axis?: number;
  top_k?: number;
  ignored?: number;
  perClass?: boolean;
} = {}): Reference {
  return {
    forward: ([x, labels]) => {
      const { channels, inner } = around(x!.shape, axis);
      const right: { label: number; hit: number }[] = [];
      labels!.data.forEach((label, k) => {
        const score = (c: number) => x!.data[(Math.floor(k / inner) * channels + c) * inner + (k % inner)]!;
        const better = Array.from({ length: channels }, (_, c) => c).filter(
          (c) => c !== label && score(c) >= score(label),
        );
        if (label !== ignored) right.push({ label, hit: better.length < top_k ? 1 : 0 });
      });
      const share = (of: typeof right) => (of.length === 0 ? 0 : of.reduce((sum, { hit }) => sum + hit, 0) / of.length);
      const classes = fill([channels], (c) => share(right.filter(({ label }) => label === c)));
      return [scalar(share(right)), ...(perClass ? [classes] : [])];
    },
  };
}
