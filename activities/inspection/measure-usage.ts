// Measures a storage in one listing: what fills it, the largest objects, the largest repositories. A repository's layers are
// links; their bytes are found among the blobs, which come first in a listing and are kept at 40 bytes each.

import type { RepositoryUsage, StorageUsage, Usage } from '../../contracts/storage.ts';
import { isCopied } from '../../domain/storage/content-address.ts';
import { parseRegistryKey, type RegistryKey } from '../../domain/storage/registry-key.ts';
import { usageClass } from '../../domain/storage/usage.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import { DigestList } from './digest-list.ts';
import { listObjects } from '../storage/list-objects.ts';
import type { Storage } from '../storage/storage.ts';

const DETAILS_INTERVAL_OBJECTS = 1000;

/** `most`: how many of the largest objects and repositories are named. The details of `meter` are a `Usage`. */
export async function measureUsage(storage: Storage, most: number, meter: Meter): Promise<StorageUsage> {
  const usage: StorageUsage = {
    describe: storage.describe,
    total: nothing(),
    copied: nothing(),
    classes: {
      blobs: nothing(),
      'layer-links': nothing(),
      manifests: nothing(),
      tags: nothing(),
      uploads: nothing(),
      other: nothing(),
    },
    repositories: 0,
    largest: [],
    largestRepositories: [],
  };
  const blobs = new DigestList();
  let repository: RepositoryUsage | undefined;
  const endRepository = (): void => {
    if (repository === undefined) return;
    usage.repositories += 1;
    keepLargest(usage.largestRepositories, repository, ({ layerBytes }) => layerBytes, most);
  };
  for await (const { key, size } of listObjects(storage, meter)) {
    const parsed = parseRegistryKey(key);
    for (const part of [
      usage.total,
      usage.classes[usageClass(parsed)],
      ...(isCopied(key) ? [usage.copied] : []),
    ]) {
      part.objects += 1;
      part.bytes += size;
    }
    keepLargest(usage.largest, { key, size }, (one) => one.size, most);
    if (parsed.kind === 'blob') blobs.add(parsed.digest, size);
    if ('repository' in parsed) {
      if (parsed.repository !== repository?.repository) {
        endRepository();
        repository = emptyRepository(parsed.repository);
      }
      addTo(repository, parsed, size, blobs);
    }
    meter.moved(usage.total.objects % DETAILS_INTERVAL_OBJECTS === 0 ? { ...usage.total } : undefined);
  }
  endRepository();
  meter.moved({ ...usage.total });
  return usage;
}

const nothing = (): Usage => ({ objects: 0, bytes: 0 });

const emptyRepository = (repository: string): RepositoryUsage => ({
  repository,
  layers: 0,
  layerBytes: 0,
  manifests: 0,
  tags: 0,
  uploadBytes: 0,
});

function addTo(repository: RepositoryUsage, parsed: RegistryKey, size: number, blobs: DigestList): void {
  if (parsed.kind === 'layer-link') {
    repository.layers += 1;
    repository.layerBytes += blobs.find(parsed.digest) ?? 0;
  } else if (parsed.kind === 'revision-link') repository.manifests += 1;
  else if (parsed.kind === 'tag') repository.tags += 1;
  else if (parsed.kind === 'upload') repository.uploadBytes += size;
}

/** `kept` is in order, largest first. */
function keepLargest<T>(kept: T[], one: T, sizeOf: (one: T) => number, most: number): void {
  const last = kept.at(-1);
  if (kept.length >= most && (last === undefined || sizeOf(last) >= sizeOf(one))) return;
  const at = kept.findIndex((other) => sizeOf(other) < sizeOf(one));
  kept.splice(at < 0 ? kept.length : at, 0, one);
  kept.length = Math.min(kept.length, most);
}
