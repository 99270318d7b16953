// `readMany` of services that have no cheaper way than one request for each object: several are under way at once.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ObjectNotFoundError } from '../errors.ts';
import { readableOf } from './measured-body.ts';
import type { ReadItem } from '../storage.ts';

/** So many objects are asked for ahead, and those up to this size are kept in memory. */
const READ_AHEAD = 8;
const READ_AHEAD_BYTES = 1024 * 1024;

/** `size` undefined: the server does not tell. */
type Open = (key: string, signal: AbortSignal) => Promise<{ body: Readable; size: number | undefined }>;

/** In the order of the keys; objects that `open` does not find are left out. */
export async function* readAhead(
  keys: string[],
  open: Open,
  outer: AbortSignal | undefined,
): AsyncGenerator<ReadItem> {
  const ended = new AbortController();
  const signal = outer ? AbortSignal.any([outer, ended.signal]) : ended.signal;
  const asked: Promise<ReadItem | undefined>[] = [];
  let next = 0;
  try {
    while (next < keys.length || asked.length > 0) {
      while (next < keys.length && asked.length < READ_AHEAD) {
        const item = readOne(keys[next] as string, open, signal);
        // Awaited in its turn; until then its failure is no unhandled one.
        item.catch(() => undefined);
        asked.push(item);
        next += 1;
      }
      const item = await asked.shift();
      if (item !== undefined) yield item;
    }
  } finally {
    ended.abort(new Error('no further object is wanted'));
  }
}

async function readOne(key: string, open: Open, signal: AbortSignal): Promise<ReadItem | undefined> {
  try {
    const { body, size } = await open(key, signal);
    // A large one breaks with nobody listening when it is not wanted any more.
    if (size !== undefined && size > READ_AHEAD_BYTES) return { key, size, body: readableOf(body) };
    const bytes = await buffer(body);
    return { key, size: bytes.length, body: Readable.from(bytes.length === 0 ? [] : [bytes]) };
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}
