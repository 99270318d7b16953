// A small registry as it lies in a storage: blobs, links, tags. Tests break one thing of it at a time.

import type { Storage } from '../../activities/storage/storage.ts';
import { sha256 } from '../support/digests.ts';

export const V2 = 'docker/registry/v2';

export const blobKey = (digest: string): string => `${V2}/blobs/sha256/${digest.slice(0, 2)}/${digest}/data`;

export async function put(storage: Storage, key: string, bytes: Buffer | string): Promise<void> {
  await storage.write(key, Buffer.from(bytes), { size: Buffer.byteLength(bytes) });
}

export async function putBlob(storage: Storage, bytes: Buffer | string): Promise<string> {
  const digest = sha256(bytes);
  await put(storage, blobKey(digest), bytes);
  return digest;
}

/** Keys of the links that make an image of a repository. */
export function imageKeys(repository: string, tag: string, manifest: string, layers: string[]) {
  const folder = `${V2}/repositories/${repository}`;
  return {
    layers: layers.map((digest) => `${folder}/_layers/sha256/${digest}/link`),
    revision: `${folder}/_manifests/revisions/sha256/${manifest}/link`,
    current: `${folder}/_manifests/tags/${tag}/current/link`,
    history: `${folder}/_manifests/tags/${tag}/index/sha256/${manifest}/link`,
  };
}

/** One image with the given layers; its manifest is any text that names them. */
export async function putImage(
  storage: Storage,
  repository: string,
  tag: string,
  layers: (Buffer | string)[],
): Promise<{ manifest: string; layers: string[]; keys: ReturnType<typeof imageKeys> }> {
  const digests: string[] = [];
  for (const layer of layers) digests.push(await putBlob(storage, layer));
  const manifest = await putBlob(storage, JSON.stringify({ repository, tag, layers: digests }));
  const keys = imageKeys(repository, tag, manifest, digests);
  for (const [index, key] of keys.layers.entries()) await put(storage, key, `sha256:${digests[index]}`);
  for (const key of [keys.revision, keys.current, keys.history])
    await put(storage, key, `sha256:${manifest}`);
  return { manifest, layers: digests, keys };
}
