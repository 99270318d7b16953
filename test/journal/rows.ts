// The rows of a list in the journal, whatever its kind. Whether the list is as it was written is not looked at here.

import { text } from 'node:stream/consumers';
import type { Storage } from '../../activities/storage/storage.ts';

export async function rowsIn<T>(journal: Storage, key: string): Promise<T[]> {
  const lines = (await text(await journal.read(key))).trimEnd().split('\n');
  return lines.slice(1, -1).map((line) => JSON.parse(line) as T);
}
