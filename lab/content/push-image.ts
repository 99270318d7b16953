// Pushes an image as `docker push` does: blobs that the registry lacks, mounted from another repository where it has
// them there, then the manifests, an index last.

import type { Image } from './images.ts';
import type { Blob } from './layers.ts';
import type { RegistryClient } from './registry-client.ts';

/** Repositories that are known to have a blob, by its digest: others can mount it from there. */
export type KnownBlobs = Map<string, Set<string>>;

/** Returns when the registry has acknowledged the tag. Throws `RegistryAnswerError` otherwise. */
export async function pushImage(
  client: RegistryClient,
  repository: string,
  tag: string,
  image: Image,
  known: KnownBlobs = new Map(),
): Promise<void> {
  await pushParts(client, repository, image, known);
  await client.pushManifest(repository, tag, { mediaType: image.mediaType, bytes: image.manifest });
}

async function pushParts(
  client: RegistryClient,
  repository: string,
  image: Image,
  known: KnownBlobs,
): Promise<void> {
  for (const child of image.children) {
    await pushParts(client, repository, child, known);
    await client.pushManifest(repository, child.digest, {
      mediaType: child.mediaType,
      bytes: child.manifest,
    });
  }
  for (const blob of image.blobs) await pushBlob(client, repository, blob, known);
}

async function pushBlob(
  client: RegistryClient,
  repository: string,
  blob: Blob,
  known: KnownBlobs,
): Promise<void> {
  const holders = known.get(blob.digest) ?? new Set();
  if (holders.has(repository)) return;
  const [from] = holders;
  const there =
    (await client.hasBlob(repository, blob.digest)) ||
    (from !== undefined && (await client.mountBlob(repository, blob.digest, from)));
  if (!there) await client.pushBlob(repository, blob.digest, await blob.bytes());
  known.set(blob.digest, holders.add(repository));
}
