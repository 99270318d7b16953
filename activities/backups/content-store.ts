// The content of a repository: bytes under their SHA-256, shared by all sets. What is there is never written again, but for
// one of another length, which somebody has cut.

import { TransshipError } from '../../domain/transship-error.ts';
import { CONTENT_FOLDER, contentKey, DAMAGED_FOLDER, digestOfContent } from '../../domain/backup/set.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { forEachBounded } from '../concurrency/for-each-bounded.ts';
import { copyObject, isInParts } from '../copying/copy-object.ts';
import { copySmall } from '../copying/copy-small.ts';
import type { Pace } from '../copying/pace/pace.ts';
import type { WorkResult } from '../copying/work-list.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Destination, Storage } from '../storage/storage.ts';

/** Objects up to this size are read many at once and kept in memory while they are written. */
const COPIED_TOGETHER_BYTES = 1024 ** 2;
const LARGE_IN_FLIGHT = 4;

/** Bytes by SHA-256. */
export type Content = Map<string, number>;

export async function listContent(repository: Storage, meter: Meter): Promise<Content> {
  const content: Content = new Map();
  for await (const { key, size } of listObjects(repository, meter, { prefix: CONTENT_FOLDER })) {
    meter.moved();
    const sha256 = digestOfContent(key);
    if (sha256 !== undefined) content.set(sha256, size);
  }
  return content;
}

/** Digests of what was found damaged and not well again. */
export async function listDamaged(repository: Storage, { signal }: Meter): Promise<Set<string>> {
  const damaged = new Set<string>();
  for await (const { key } of repository.list({ prefix: DAMAGED_FOLDER, signal }))
    damaged.add(key.slice(DAMAGED_FOLDER.length));
  return damaged;
}

export async function markDamaged(repository: Storage, sha256: string, { signal }: Meter): Promise<void> {
  const body = Buffer.from('damaged\n');
  await repository.write(`${DAMAGED_FOLDER}${sha256}`, body, { size: body.length }, { signal });
}

export async function unmarkDamaged(
  repository: Storage,
  digests: readonly string[],
  { signal }: Meter,
): Promise<void> {
  await repository.remove(
    digests.map((sha256) => `${DAMAGED_FOLDER}${sha256}`),
    { signal },
  );
}

/** An object of a registry's storage whose SHA-256 is known. */
export type Identified = { key: string; size: number; sha256: string };

/** What became of one that was copied; `damaged` as in the lists of a set. */
export type Stored = { key: string; damaged?: string; vanished?: true };

/** Copies each into the content and proves it as every copy is proved. The content has each digest once. */
export async function storeContent(
  source: Storage,
  repository: Storage,
  objects: readonly Identified[],
  finish: (stored: Stored) => void,
  { meter, pace }: { meter: Meter; pace: Pace },
): Promise<void> {
  const digests = new Map(objects.map(({ key, sha256 }) => [key, sha256]));
  const destination = renamed(repository, (key) => {
    const sha256 = digests.get(key)!;
    return { key: contentKey(sha256), sha256 };
  });
  const done = (result: WorkResult): void => {
    const { key } = result;
    if ('damaged' in result) {
      const { expected, actual } = result.damaged;
      finish({ key, damaged: `${actual} instead of ${expected}` });
    } else if ('vanished' in result) finish({ key, vanished: true });
    // A key that does not name its content: it was read twice, and was not the same.
    else if ('sha256' in result && result.sha256 !== digests.get(key))
      throw new TransshipError('SourceUnstable', `${source.describe}: ${key} changed while it was copied`, {
        key,
      });
    else finish({ key });
  };
  await copyAll(source, destination, objects, done, { meter, pace });
}

const isSmall = ({ size }: { size: number }): boolean => size <= COPIED_TOGETHER_BYTES;

/** Small ones many at once, `done` is told of each. */
export async function copyAll(
  source: Storage,
  destination: Destination,
  objects: readonly { key: string; size: number }[],
  done: (result: WorkResult) => void,
  { meter, pace }: { meter: Meter; pace: Pace },
): Promise<void> {
  const small = objects.filter(isSmall).map(({ key, size }) => ({ op: 'copy' as const, key, size }));
  await copySmall(source, destination, small, done, meter, pace);
  await forEachBounded(
    objects.filter((object) => !isSmall(object)),
    LARGE_IN_FLIGHT,
    async ({ key, size }) =>
      done(
        await pace.inTurn(
          async () => await copyObject(source, destination, { key, size }, meter, { pace }),
          meter.signal,
          { inParts: isInParts(destination, size) },
        ),
      ),
  );
}

/**
 * A storage as a copy between a registry and a content sees it: each key leads to another one, which takes only the bytes of
 * that digest. `proveMany`: also of those that are written many at once; else whoever copies looks at their digests.
 */
export function renamed(
  storage: Storage,
  nameOf: (key: string) => { key: string; sha256: string },
  { proveMany = false } = {},
): Destination {
  const { describe, proof, limits } = storage;
  return {
    describe,
    proof,
    limits,
    write: async (key, body, request, options) => {
      const { key: to, sha256 } = nameOf(key);
      return await storage.write(to, body, { ...request, sha256 }, options);
    },
    ...(storage.writeLent && {
      writeLent: async (key, body, request, options) => {
        const { key: to, sha256 } = nameOf(key);
        return await storage.writeLent!(to, body, { ...request, sha256 }, options);
      },
    }),
    ...(storage.writeMany && {
      writeMany: async (items, options) =>
        await storage.writeMany!(
          items.map((item) => {
            const { key, sha256 } = nameOf(item.key);
            return { ...item, key, ...(proveMany && { sha256 }) };
          }),
          options,
        ),
    }),
    ...(storage.writeInParts && {
      writeInParts: async (key, read, request, options) => {
        const { key: to, sha256 } = nameOf(key);
        return await storage.writeInParts!(to, read, { ...request, sha256 }, options);
      },
    }),
  } satisfies Destination;
}
