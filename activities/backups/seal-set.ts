// The end of a backup: does the set hold what its images are made of? Then the manifest is written, which makes it a set. What
// the registry serves and the set does not have means that the inventory names another storage than the registry uses, and
// there is no set then. What neither has was lost before, and is named.

import type { BackupActivities, SetFile, SetManifest } from '../../contracts/backup.ts';
import {
  manifestKey,
  type SetImage,
  type SetObject,
  setFileKey,
  type SetTag,
} from '../../domain/backup/set.ts';
import { productOf } from '../../domain/registries/products.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { mapOrdered } from '../concurrency/ordered-pool.ts';
import { untaggedBeside } from '../journal/keys.ts';
import { readLines } from '../journal/lines.ts';
import type { ControlPlane } from '../registry/control-plane.ts';
import type { Parts } from '../registry/images/count-held.ts';
import { retryRead, UNREADABLE } from '../registry/images/retry-read.ts';
import { type ImageRow, mergeTags } from '../registry/tags.ts';
import type { Storage } from '../storage/storage.ts';
import { writeByDisk } from '../storage/write-by-disk.ts';
import { tagRows } from './list-images.ts';
import { manifestText } from './manifest.ts';
import type { SetRepository } from './open-sets.ts';
import { linesOf } from './set-lines.ts';
import { lookAtManifest } from './set-reader.ts';

const QUESTIONS_AT_ONCE = 24;
const EXAMPLES = 5;

type Request = Parameters<BackupActivities['sealSet']>[0];
type Facts = { storage: SetManifest['storage']; blobs: () => AsyncIterable<SetObject>; endedAt: string };
type Named = { manifest: string; parts: Parts };

export async function sealSet(
  registry: ControlPlane,
  { journal, repository }: { journal: Storage; repository: SetRepository },
  request: Request,
  facts: Facts,
): Promise<SetManifest> {
  const { meter } = registry;
  const named = { registry: request.registry, id: request.set };
  const known = await lookAtManifest(repository, named, meter);
  if (known.set !== undefined) return known.set.manifest;

  const { storage } = repository;
  const keyOf = (file: 'tags.ndjson' | 'images.ndjson'): string =>
    setFileKey(request.registry, request.set, file);
  const closure = { lost: 0, unread: request.images.unread, unsettled: 0 };
  const images = imagesOf(registry, journal, request, await digestsIn(facts.blobs()), closure);
  const imagesFile = await writeByDisk(storage, keyOf('images.ndjson'), linesOf(images), meter);
  const tags = tagsOf(registry, journal, request, closure);
  const tagsFile = await writeByDisk(storage, keyOf('tags.ndjson'), linesOf(tags), meter);

  const manifest = manifestOf(registry, repository, request, facts, {
    closure,
    files: { 'tags.ndjson': tagsFile, 'images.ndjson': imagesFile },
  });
  const body = Buffer.from(manifestText(manifest, repository.signing));
  await storage.write(manifestKey(request.registry, request.set), body, { size: body.length }, meter);
  return manifest;
}

async function digestsIn(blobs: AsyncIterable<SetObject>): Promise<Set<string>> {
  const digests = new Set<string>();
  for await (const row of blobs) if ('sha256' in row) digests.add(`sha256:${row.sha256}`);
  return digests;
}

/** Throws at the end where the registry serves what the set does not have. */
async function* imagesOf(
  registry: ControlPlane,
  journal: Storage,
  { images, storage }: Request,
  present: ReadonlySet<string>,
  closure: SetManifest['closure'],
): AsyncGenerator<SetImage> {
  const { keepsTagsInStorage } = productOf(registry);
  const owners = await ownersOf(journal, images);
  const lost = new Set<string>();
  const missing = new Set<string>();
  const problemOf = async (repository: string, digest: string, isManifest: boolean): Promise<void> => {
    if (lost.has(digest) || missing.has(digest)) return;
    const served = await retryRead(registry, async () =>
      isManifest
        ? await registry.images.getManifest(repository, digest)
        : await registry.images.blobSize(repository, digest),
    );
    (served === undefined || served === UNREADABLE ? lost : missing).add(digest);
    registry.meter.moved();
  };
  const checked = async ({ manifest, parts }: Named): Promise<SetImage> => {
    if (parts === null || parts === 'unreadable') return { manifest, blobs: [], manifests: [], unread: true };
    const blobs = parts.blobs.map(({ digest }) => digest);
    const own = keepsTagsInStorage ? [manifest] : [];
    const absent = [...own, ...blobs].filter((digest) => !present.has(digest));
    for (const digest of absent) await problemOf(owners.get(manifest)!, digest, digest === manifest);
    const gone = absent.filter((digest) => lost.has(digest));
    return { manifest, blobs, manifests: parts.manifests, ...(gone.length > 0 && { lost: gone }) };
  };
  yield* mapOrdered(namedIn(journal, images.partsKey), QUESTIONS_AT_ONCE, checked);
  closure.lost = lost.size;
  if (missing.size === 0) return;
  throw new TransshipError(
    'NotProved',
    `The registry ${registry.name} serves ${missing.size} blobs that the storage ${storage} of the inventory does not have: it keeps its content elsewhere. The first are ${[...missing].slice(0, EXAMPLES).join(', ')}.`,
    { missing: missing.size },
  );
}

const namedIn = (journal: Storage, key: string): AsyncGenerator<Named> =>
  readLines<Named>(journal, { kind: 'image-parts', key });

/** A repository of each manifest. */
async function ownersOf(journal: Storage, images: Request['images']): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  const children = new Map<string, string[]>();
  for await (const { manifest, parts } of namedIn(journal, images.partsKey))
    if (typeof parts === 'object' && parts !== null && parts.manifests.length > 0)
      children.set(manifest, parts.manifests);
  const own = (digest: string, repository: string): void => {
    if (owners.has(digest)) return;
    owners.set(digest, repository);
    for (const child of children.get(digest) ?? []) own(child, repository);
  };
  for (const list of [{ kind: 'tags', key: images.tagsKey } as const, untaggedBeside(images.tagsKey)])
    for await (const { repository, digest } of readLines<ImageRow>(journal, list)) own(digest, repository);
  return owners;
}

async function* tagsOf(
  registry: ControlPlane,
  journal: Storage,
  { images, tagsBefore }: Request,
  closure: SetManifest['closure'],
): AsyncGenerator<SetTag> {
  const now = tagRows(journal, images.tagsKey);
  if (productOf(registry).keepsTagsInStorage) {
    yield* now;
    return;
  }
  for await (const { repository, tag, before, after } of mergeTags(tagRows(journal, tagsBefore), now)) {
    if (before === after && after !== null) yield { repository, tag, digest: after };
    else {
      closure.unsettled += 1;
      yield { repository, tag, before, after };
    }
  }
}

function manifestOf(
  registry: ControlPlane,
  repository: SetRepository,
  request: Request,
  { storage, endedAt }: Facts,
  found: { closure: SetManifest['closure']; files: Record<'tags.ndjson' | 'images.ndjson', SetFile> },
): SetManifest {
  const { state, images, metadata, tree, blobs } = request;
  const { rows, ...metadataFile } = metadata;
  return {
    id: request.set,
    repository: repository.id,
    registry: request.registry,
    product: registry.kind,
    version: state.version,
    takenAt: { ...request.takenAt, ended: endedAt },
    replica: request.replica,
    replicas: state.replicas.map(({ id, ports = null }) => ({ id, ports })),
    storage,
    certificate: state.settings?.certificate?.words ?? null,
    cluster: null,
    schedules: request.schedules,
    counts: {
      repositories: images.repositories,
      tags: images.tags,
      manifests: images.manifests,
      blobs: blobs.content.blobs,
      bytes: blobs.content.bytes,
    },
    rows,
    files: {
      ...found.files,
      'metadata.tar.gpg': metadataFile,
      'tree.ndjson': tree,
      'blobs.ndjson': blobs.file,
    },
    content: blobs.content,
    closure: found.closure,
  };
}
