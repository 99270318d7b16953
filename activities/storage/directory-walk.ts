// Lists a directory tree in byte order of the whole path. A folder's name must be compared with its `/`, because
// `a-b` comes before `a/b` and `a.b` too, although `a` comes before both.

import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareKeys } from './byte-order.ts';
import type { StoredObject } from './storage.ts';

type Wanted = { prefix: string; after: string; leaveOut: string; signal?: AbortSignal | undefined };

/** Regular files below `root`. Files and folders that vanish meanwhile are left out. `leaveOut` is a top-level name. */
export async function* walkDirectory(
  root: string,
  wanted: Wanted,
  folder = '',
): AsyncGenerator<StoredObject> {
  wanted.signal?.throwIfAborted();
  for (const name of await sortedNames(join(root, folder), folder !== '')) {
    const key = folder + name;
    if (key === `${wanted.leaveOut}/`) continue;
    if (name.endsWith('/')) {
      if (mayHold(key, wanted)) yield* walkDirectory(root, wanted, key);
      continue;
    }
    if (!key.startsWith(wanted.prefix)) continue;
    if (wanted.after !== '' && compareKeys(key, wanted.after) <= 0) continue;
    const found = await ifThere(stat(join(root, key)));
    if (found !== undefined) yield { key, size: found.size };
  }
}

/** Names of files, and of folders with a `/` at the end, sorted. */
async function sortedNames(path: string, mayVanish: boolean): Promise<string[]> {
  const directory = mayVanish ? await ifThere(opendir(path)) : await opendir(path);
  if (directory === undefined) return [];
  const names: string[] = [];
  for await (const entry of directory) {
    if (entry.isDirectory()) names.push(`${entry.name}/`);
    else if (entry.isFile()) names.push(entry.name);
  }
  return names.sort(compareKeys);
}

/** Can a key that begins with `folder` be wanted? */
function mayHold(folder: string, { prefix, after }: Wanted): boolean {
  if (!folder.startsWith(prefix) && !prefix.startsWith(folder)) return false;
  return after === '' || after.startsWith(folder) || compareKeys(folder, after) > 0;
}

export async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  return await found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
