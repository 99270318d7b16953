// Keys that a storage takes for one because it does not tell upper case from lower case, as some network file systems and
// volumes of desktop systems do not: the second would silently replace the first.

import { randomUUID } from 'node:crypto';
import { PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import type { Storage } from '../storage/storage.ts';

/** Tries it out with an object that is removed again. */
export async function ignoresCase(storage: Storage, signal: AbortSignal): Promise<boolean> {
  const key = `${PROBE_FOLDER}case-${randomUUID()}`;
  const body = Buffer.from('Does this storage tell upper case from lower case?\n');
  await storage.write(key, body, { size: body.length }, { signal });
  try {
    const shouted = PROBE_FOLDER + key.slice(PROBE_FOLDER.length).toUpperCase();
    return (await storage.stat(shouted, { signal })) !== undefined;
  } finally {
    await storage.remove([key], { signal });
  }
}

type Level = { name: string; others: Map<string, string> };

/**
 * Give it the keys of an ordered listing; it answers with the earlier key that this one collides with. In the order of
 * bytes upper case comes first, so only names that are not all lower case are kept, and only those of the folders on
 * the way to the key.
 */
export function createCollisionFinder(): (key: string) => string | undefined {
  let levels: Level[] = [];
  return (key) => {
    const parts = key.split('/');
    let depth = 0;
    while (depth < parts.length && levels[depth]?.name === parts[depth]) depth += 1;
    let collision: string | undefined;
    for (let level = depth; level < parts.length; level += 1) {
      const name = parts[level] as string;
      const others = level === depth ? (levels[level]?.others ?? new Map<string, string>()) : new Map();
      levels = [...levels.slice(0, level), { name, others }];
      const lower = name.toLowerCase();
      const other = others.get(lower);
      if (other !== undefined && other !== name)
        collision ??= [...parts.slice(0, level), other, ...parts.slice(level + 1)].join('/');
      if (lower !== name) others.set(lower, name);
    }
    return collision;
  };
}
