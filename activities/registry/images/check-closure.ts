// Compares what the images of a list of tags are made of with what lies in a storage, without the registry's word for it:
// a storage that is another one, that lies behind a link, or whose listing is behind, is seen here before anything is lost.
//
// Where keys name no digest (dtr-msr.md §5.1) the lengths must fit: every blob needs one object of exactly its length.

import type { Closure, RegistryActivities } from '../../../contracts/registry-activities.ts';
import { BLOBS_FOLDER, parseRegistryKey } from '../../../domain/storage/registry-key.ts';
import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import { damagedListed } from '../../copying/damage-list.ts';
import { fileOf } from '../../journal/keys.ts';
import { readLines, writeLines } from '../../journal/lines.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ControlPlane } from '../control-plane.ts';
import { listImageParts, type NeededBlob } from './image-parts.ts';
import { retryRead, UNREADABLE } from './retry-read.ts';

const QUESTIONS_AT_ONCE = 24;

/** A blob that the storage does not have. `lost`: the registry did not serve it either when it was first looked for. */
export type ClosureRow = NeededBlob & { problem: 'missing' | 'lost' };

type Request = Omit<Parameters<RegistryActivities['checkClosure']>[0], 'registry' | 'storage'>;

export async function checkClosure(
  registry: ControlPlane,
  { journal, storage }: { journal: Storage; storage: Storage },
  request: Request,
): Promise<Closure> {
  const parts = await listImageParts(registry, journal, request);
  const blobs = parts.blobs.size;
  const absent = await absentFrom(storage, parts.blobs, registry);
  if (request.accepted !== null)
    for await (const digest of damagedListed(journal, request.accepted)) absent.delete(digest);

  const lostBefore = await lostIn(journal, request.earlier);
  /** What nobody has missed before is missed now, whatever the registry says of it. */
  const problemOf = async (blob: NeededBlob): Promise<ClosureRow['problem']> => {
    if (lostBefore !== null) return lostBefore.has(blob.digest) ? 'lost' : 'missing';
    return (await isServed(registry, blob)) ? 'missing' : 'lost';
  };
  const file = fileOf('closure', request);
  let [missing, lost] = [0, 0];
  const rows = async function* (): AsyncGenerator<ClosureRow> {
    for await (const row of mapOrdered(absent.values(), QUESTIONS_AT_ONCE, async (blob) => ({
      ...blob,
      problem: await problemOf(blob),
    }))) {
      if (row.problem === 'missing') missing += 1;
      else lost += 1;
      registry.meter.moved();
      yield row;
    }
    if (request.earlier === null) return;
    for (const manifest of parts.unreadable) {
      missing += 1;
      yield { ...manifest, problem: 'missing' };
    }
  };
  await writeLines(journal, file, rows());
  return {
    manifests: parts.manifests,
    blobs,
    missing,
    lost,
    unread: parts.unread,
    held: parts.held,
    key: file.key,
    parts: parts.key,
  };
}

/** Takes away what the storage has; what is left is not there. */
async function absentFrom(
  storage: Storage,
  needed: Map<string, NeededBlob>,
  registry: ControlPlane,
): Promise<Map<string, NeededBlob>> {
  const { meter } = registry;
  const { signal } = meter;
  const named = new Map<number, number>();
  for await (const { key, size } of storage.list({ prefix: BLOBS_FOLDER, signal })) {
    meter.moved();
    const parsed = parseRegistryKey(key);
    if (parsed.kind === 'named-blob') named.set(size, (named.get(size) ?? 0) + 1);
    if (parsed.kind !== 'blob') continue;
    const digest = `sha256:${parsed.digest}`;
    const wanted = needed.get(digest);
    if (wanted?.size === null || wanted?.size === size) needed.delete(digest);
  }
  if (named.size === 0) return needed;
  for (const [digest, blob] of needed) {
    const size = blob.size ?? (await sizeOf(registry, blob));
    if (typeof size !== 'number') continue;
    const left = named.get(size) ?? 0;
    if (left === 0) continue;
    named.set(size, left - 1);
    needed.delete(digest);
  }
  return needed;
}

async function isServed(registry: ControlPlane, blob: NeededBlob): Promise<boolean> {
  const size = await sizeOf(registry, blob);
  return size !== undefined && size !== UNREADABLE;
}

const sizeOf = async (
  registry: ControlPlane,
  { repository, digest }: NeededBlob,
): Promise<number | null | undefined | typeof UNREADABLE> =>
  await retryRead(registry, async () => await registry.images.blobSize(repository, digest));

/** null: there is no earlier check. */
async function lostIn(journal: Storage, earlier: Request['earlier']): Promise<Set<string> | null> {
  if (earlier === null) return null;
  const lost = new Set<string>();
  for await (const { digest, problem } of readLines<ClosureRow>(journal, {
    kind: 'closure',
    key: earlier.key,
  }))
    if (problem === 'lost') lost.add(digest);
  return lost;
}
