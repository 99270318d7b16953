// Works on the items of a stream, several at once, and gives the results in the order of the items.

export async function* inOrder<T, R>(
  items: AsyncIterable<T> | Iterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for await (const item of items) {
    const one = work(item);
    // Reported when its turn comes.
    one.catch(() => undefined);
    begun.push(one);
    if (begun.length >= ahead) yield await (begun.shift() as Promise<R>);
  }
  for (const one of begun) yield await one;
}
