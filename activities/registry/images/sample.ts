// Which images of a list are pulled whole: spread evenly over it, and the same at every run, so that a repeated
// verification says something about the first one.

/** Positions in the list, its first and last among them. */
export async function choosePositions(rows: AsyncIterable<unknown>, sample: number): Promise<Set<number>> {
  let count = 0;
  for await (const _row of rows) count += 1;
  return spread(count, sample);
}

export function spread(count: number, wanted: number): Set<number> {
  if (wanted >= count) return new Set(Array.from({ length: count }, (_, index) => index));
  if (wanted === 1) return new Set([0]);
  return new Set(
    Array.from({ length: wanted }, (_, index) => Math.round((index * (count - 1)) / (wanted - 1))),
  );
}
