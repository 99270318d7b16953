// How much the repositories of a registry hold, each for itself: two that share an image hold its manifest twice and every blob
// of it twice. A product that keeps this outside of its storage keeps a row for each, and a backup of it must have them all.

import type { Closure } from '../../../contracts/registry-activities.ts';
import type { Storage } from '../../storage/storage.ts';
import { untaggedBeside } from '../../journal/keys.ts';
import { readLines } from '../../journal/lines.ts';
import { compareBytes, type ImageRow } from '../tags.ts';

export type Part = { digest: string; size: number | null };
/** What a manifest names. null: it is of a kind that is not known. `size` null: it does not tell it. */
export type Parts = { blobs: Part[]; manifests: string[] } | null | 'unreadable';

/** Of manifests that were read; `used` has them by digest. One repository at a time, whatever the number of them. */
export async function countHeld(
  journal: Storage,
  snapshot: string,
  used: ReadonlyMap<string, Parts>,
): Promise<Closure['held']> {
  const held = { manifests: 0, links: 0 };
  for await (const digests of byRepository(journal, snapshot)) {
    const manifests = new Set<string>();
    const blobs = new Set<string>();
    const add = (digest: string): void => {
      const parts = used.get(digest);
      if (typeof parts !== 'object' || parts === null || manifests.has(digest)) return;
      manifests.add(digest);
      for (const blob of parts.blobs) blobs.add(blob.digest);
      for (const child of parts.manifests) add(child);
    };
    for (const digest of digests) add(digest);
    held.manifests += manifests.size;
    held.links += blobs.size;
  }
  return held;
}

/** Both lists are in the order of repositories; each yields what the two have of one. */
async function* byRepository(journal: Storage, snapshot: string): AsyncGenerator<Set<string>> {
  const lists = [{ kind: 'tags', key: snapshot } as const, untaggedBeside(snapshot)].map((list) =>
    readLines<ImageRow>(journal, list)[Symbol.asyncIterator](),
  );
  const heads = await Promise.all(lists.map((list) => list.next()));
  for (;;) {
    const waiting = heads.filter((head) => head.done !== true).map(({ value }) => value.repository);
    const [repository] = waiting.sort((a, b) => compareBytes(`${a}:`, `${b}:`));
    if (repository === undefined) return;
    const digests = new Set<string>();
    for (const [at, list] of lists.entries())
      for (let head = heads[at]!; head.done !== true && head.value.repository === repository;) {
        digests.add(head.value.digest);
        head = heads[at] = await list.next();
      }
    yield digests;
  }
}
