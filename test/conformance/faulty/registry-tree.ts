// Objects as a registry has them: blobs and links whose keys tell their bytes, and tags whose keys do not.

import { randomBytes } from 'node:crypto';
import type { Storage } from '../../../activities/storage/storage.ts';
import { keysOf } from '../suite/subject.ts';
import { sha256 } from '../../support/digests.ts';

const REPOSITORY = 'docker/registry/v2/repositories/team/app';
const BLOB_SIZES_BYTES = [0, 100, 70_000, 1_200_000];
const NAMED_BLOB_BYTES = 300_000;

/** Content by key. */
export type Tree = Map<string, Buffer>;

/** `largestBytes`: of one blob more, so large that the kind writes it in another way than the others; 0: it has none. */
export function registryTree(largestBytes: number): Tree {
  const tree: Tree = new Map();
  const sizes = largestBytes === 0 ? BLOB_SIZES_BYTES : [...BLOB_SIZES_BYTES, largestBytes];
  const blobs = sizes.map((size) => randomBytes(size));
  for (const blob of blobs) {
    const hex = sha256(blob);
    tree.set(`docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, blob);
    tree.set(`${REPOSITORY}/_layers/sha256/${hex}/link`, Buffer.from(`sha256:${hex}`));
    tree.set(`${REPOSITORY}/_manifests/tags/v${blob.length}/current/link`, Buffer.from(`sha256:${hex}`));
  }
  tree.set('docker/registry/v2/blobs/id/ab/abcdef/data', randomBytes(NAMED_BLOB_BYTES));
  return tree;
}

export async function fill(storage: Storage, tree: Tree): Promise<void> {
  for (const [key, body] of tree) {
    await storage.write(key, body, { size: body.length, sha256: sha256(body) });
  }
}

export async function empty(storage: Storage): Promise<void> {
  await storage.remove(await keysOf(storage));
}

/** SHA-256 by key. */
export const digestsOf = (tree: Tree): Record<string, string> =>
  Object.fromEntries([...tree].map(([key, body]) => [key, sha256(body)]));
