/** A table whose values are made when they are asked for: of seventy layer types a net has five. */
export class LazyTable<V> implements ReadonlyMap<string, V> {
  constructor(private readonly makers: Readonly<Record<string, () => V>>) {}

  get size(): number {
    return Object.keys(this.makers).length;
  }

  has(key: string): boolean {
    return Object.hasOwn(this.makers, key);
  }

  get(key: string): V | undefined {
    return this.has(key) ? this.makers[key]!() : undefined;
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }

  *keys(): MapIterator<string> {
    yield* Object.keys(this.makers);
  }

  *values(): MapIterator<V> {
    for (const key of this.keys()) yield this.makers[key]!();
  }

  *entries(): MapIterator<[string, V]> {
    for (const key of this.keys()) yield [key, this.makers[key]!()];
  }

  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
}
