// Runs a function over a stream of items, several at a time, and yields the results in the order of the items. It
// reads no further ahead than `limit` items, so that memory stays flat.

export async function* mapOrdered<Item, Result>(
  items: Iterable<Item> | AsyncIterable<Item>,
  limit: number,
  run: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const running: Promise<Result>[] = [];
  for await (const item of items) {
    const result = run(item);
    // Awaited below, in its turn; until then an earlier one may fail first.
    result.catch(() => undefined);
    running.push(result);
    if (running.length >= limit) yield await running.shift()!;
  }
  for (const result of running) yield await result;
}
