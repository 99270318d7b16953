// Pulls tags whole: manifest, the manifests below it, configuration and every layer, each checked against its digest.
// A blob that several tags of a repository share is pulled once for that repository.

import { INDEX_TYPES } from './images.ts';
import { inParallel } from './in-parallel.ts';
import type { RegistryClient } from './registry-client.ts';

const TAGS_AT_ONCE = 6;

export type TagToPull = { repository: string; tag: string; /** What the tag must name. */ digest: string };
export type PullResult = {
  /** Tags that are there as they should be, with every byte. */
  pulled: number;
  /** Bytes of blobs that were read and hashed. */
  bytes: number;
  problems: { repository: string; tag: string; problem: string }[];
};

type ManifestBody = {
  manifests?: { digest: string }[];
  config?: { digest: string };
  layers?: { digest: string }[];
};

export async function pullAll(
  client: RegistryClient,
  tags: readonly TagToPull[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<PullResult> {
  const result: PullResult = { pulled: 0, bytes: 0, problems: [] };
  const blobs = new Map<string, Promise<{ bytes: number }>>();
  let done = 0;

  const pullBlob = async (repository: string, digest: string): Promise<void> => {
    const key = `${repository}@${digest}`;
    const running = blobs.get(key);
    if (running !== undefined) {
      await running;
      return;
    }
    const pulling = client.pullBlob(repository, digest);
    blobs.set(key, pulling);
    const { bytes } = await pulling;
    result.bytes += bytes;
  };

  const pullImage = async (repository: string, reference: string, expected: string): Promise<void> => {
    const manifest = await client.getManifest(repository, reference);
    if (manifest === undefined) throw new Error(`${reference} is not there`);
    if (manifest.digest !== expected)
      throw new Error(`${reference} is ${manifest.digest} instead of ${expected}`);
    const body = JSON.parse(manifest.bytes.toString()) as ManifestBody;
    if (INDEX_TYPES.includes(manifest.mediaType)) {
      for (const { digest } of body.manifests ?? []) await pullImage(repository, digest, digest);
      return;
    }
    for (const part of [body.config, ...(body.layers ?? [])]) {
      if (part !== undefined) await pullBlob(repository, part.digest);
    }
  };

  await inParallel(tags, TAGS_AT_ONCE, async ({ repository, tag, digest }) => {
    try {
      await pullImage(repository, tag, digest);
      result.pulled++;
    } catch (error) {
      result.problems.push({
        repository,
        tag,
        problem: error instanceof Error ? error.message : String(error),
      });
    }
    onProgress(++done, tags.length);
  });
  return result;
}
