// Is a set whole, and ours? Everything but the bytes of the content: each file by its digest, the metadata by decrypting and
// reading them to their end, and for every tag whatever its image needs, down to an object of the right length in the content.
// All problems are found, each with the file, key or image and the reason.

import type { SetManifest, SetProblem } from '../../contracts/backup.ts';
import {
  contentKey,
  manifestKey,
  SET_FILES,
  type SetImage,
  setFileKey,
  SETS_FOLDER,
} from '../../domain/backup/set.ts';
import { productOf } from '../../domain/registries/products.ts';
import { parseRegistryKey } from '../../domain/storage/registry-key.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { type Content, listContent, listDamaged } from './content-store.ts';
import { checkMetadata } from './metadata.ts';
import type { SetRepository } from './open-sets.ts';
import { lookAtManifest, type OpenSet, readSetFile, readSetLines, type SetName } from './set-reader.ts';

/** Yields the problems; returned is what the set is, as far as it can be read. */
export async function* checkSet(
  repository: SetRepository,
  named: SetName,
  meter: Meter,
): AsyncGenerator<SetProblem, SetManifest | null> {
  const { registry, id } = named;
  const manifestFile = manifestKey(registry, id);
  const { set, problems } = await lookAtManifest(repository, named, meter);
  if (set === undefined) {
    yield* problems.map((reason) => ({ what: manifestFile, reason }));
    return null;
  }
  yield* await strangersIn(repository, set, meter);
  const whole = new Set<string>();
  for (const file of SET_FILES) {
    const problem = await problemOf(async () => {
      for await (const _ of readSetFile(repository, set, file, meter));
    });
    if (problem === undefined) whole.add(file);
    else yield { what: setFileKey(registry, id, file), reason: problem };
  }
  if (whole.has('metadata.tar.gpg')) {
    const problem = await problemOf(async () => await checkMetadata(repository, set, meter));
    if (problem !== undefined) yield { what: setFileKey(registry, id, 'metadata.tar.gpg'), reason: problem };
  }
  const lists = SET_FILES.filter((file) => file !== 'metadata.tar.gpg');
  if (lists.every((file) => whole.has(file))) yield* checkLists(repository, set, meter);
  return set.manifest;
}

/** What a file is told from its reason by. */
async function problemOf(check: () => Promise<void>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (
      !(error instanceof TransshipError) ||
      !['SetInvalid', 'BackupInvalid', 'KeyRefused'].includes(error.type)
    )
      throw error;
    return error.message;
  }
}

async function strangersIn(
  { storage }: SetRepository,
  { registry, id }: OpenSet,
  { signal }: Meter,
): Promise<SetProblem[]> {
  const own = new Set([
    manifestKey(registry, id),
    ...SET_FILES.map((file) => setFileKey(registry, id, file)),
  ]);
  const problems: SetProblem[] = [];
  for await (const { key } of storage.list({ prefix: `${SETS_FOLDER}${registry}/${id}/`, signal }))
    if (!own.has(key)) problems.push({ what: key, reason: 'is no file of the set' });
  return problems;
}

async function* checkLists(
  repository: SetRepository,
  set: OpenSet,
  meter: Meter,
): AsyncGenerator<SetProblem> {
  const content = await listContent(repository.storage, meter);
  const damaged = await listDamaged(repository.storage, meter);
  const held = new Set<string>();
  const counts = { blobs: 0, bytes: 0, tags: 0, manifests: 0 };
  for (const file of ['tree.ndjson', 'blobs.ndjson'] as const)
    for await (const row of readSetLines(repository, set, file, meter)) {
      if (!('sha256' in row)) continue;
      if (file === 'blobs.ndjson') {
        counts.blobs += 1;
        counts.bytes += row.size;
        held.add(`sha256:${row.sha256}`);
      }
      const parsed = parseRegistryKey(row.key);
      if (parsed.kind === 'blob' && parsed.digest !== row.sha256)
        yield { what: row.key, reason: `is said to have SHA-256 ${row.sha256}` };
      const reason = reasonAgainst(content, damaged, row);
      if (reason !== undefined) yield { what: contentKey(row.sha256), reason: `${reason}; it is ${row.key}` };
    }

  const images = new Map<string, SetImage>();
  for await (const image of readSetLines(repository, set, 'images.ndjson', meter))
    images.set(image.manifest, image);
  counts.manifests = images.size;
  yield* lackingImages(set, images, held);
  for await (const tag of readSetLines(repository, set, 'tags.ndjson', meter)) {
    const digests = 'digest' in tag ? [tag.digest] : [tag.after];
    if (digests.some((digest) => digest !== null)) counts.tags += 1;
    for (const digest of digests)
      if (digest !== null && !images.has(digest))
        yield {
          what: `${tag.repository}:${tag.tag}`,
          reason: `names ${digest}, which is not in images.ndjson`,
        };
  }
  for (const name of ['tags', 'manifests', 'blobs', 'bytes'] as const)
    if (counts[name] !== set.manifest.counts[name])
      yield {
        what: manifestKey(set.registry, set.id),
        reason: `names ${set.manifest.counts[name]} ${name}, and its lists have ${counts[name]}`,
      };
}

function reasonAgainst(
  content: Content,
  damaged: ReadonlySet<string>,
  { size, sha256 }: { size: number; sha256: string },
): string | undefined {
  const there = content.get(sha256);
  if (there === undefined) return 'is missing';
  if (there !== size) return `has ${there} bytes instead of ${size}`;
  return damaged.has(sha256) ? 'was found damaged when it was read' : undefined;
}

function* lackingImages(
  { manifest }: OpenSet,
  images: ReadonlyMap<string, SetImage>,
  held: ReadonlySet<string>,
): Generator<SetProblem> {
  const inStorage = productOf({ kind: manifest.product }).keepsTagsInStorage;
  for (const image of images.values()) {
    if (image.unread) continue;
    const lost = new Set(image.lost);
    for (const digest of [...(inStorage ? [image.manifest] : []), ...image.blobs])
      if (!held.has(digest) && !lost.has(digest))
        yield { what: image.manifest, reason: `needs ${digest}, which is not in blobs.ndjson` };
    for (const child of image.manifests)
      if (!images.has(child))
        yield { what: image.manifest, reason: `needs the manifest ${child}, which is not in images.ndjson` };
  }
}
