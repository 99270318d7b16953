// Paging of lists by `pageStart`, `pageSize` and `count` (dtr-msr.md §3.2).

import type { Context } from 'hono';

const DEFAULT_PAGE_SIZE = 10;

/** One page of `items`, which are in the order of `idOf`; sets `X-Next-Page-Start` and, if asked, `X-Resource-Count`. */
export function page<T>(context: Context, items: readonly T[], idOf: (item: T) => string): T[] {
  const start = context.req.query('pageStart') ?? '';
  const size = Number(context.req.query('pageSize') ?? DEFAULT_PAGE_SIZE);
  const from = start === '' ? 0 : items.findIndex((item) => idOf(item) >= start);
  const rest = from < 0 ? [] : items.slice(from);
  const next = rest[size];
  if (next !== undefined) context.header('X-Next-Page-Start', idOf(next));
  if (context.req.query('count') === 'true') context.header('X-Resource-Count', String(items.length));
  return rest.slice(0, size);
}
