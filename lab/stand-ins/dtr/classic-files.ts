// What DTR with classic garbage collection (2.5) keeps in its storage beside the blobs: manifests, and a link for every tag, as
// Distribution lays them out. A switch forgets the metadata, and the job "tagmigration" rebuilds it from what lies there (S0).
// Played in folders alone.

import { BLOBS, hexOf } from './blob-layout.ts';
import { linkBlob, putManifest } from './images.ts';
import type { Action } from './job-worker.ts';
import { parseManifest, referencesOf } from './manifest.ts';
import type { Replica } from './replica-context.ts';

const REPOSITORIES = 'docker/registry/v2/repositories';
const REVISION =
  /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/revisions\/sha256\/([0-9a-f]{64})\/link$/;
const TAG = /^docker\/registry\/v2\/repositories\/(.+)\/_manifests\/tags\/([^/]+)\/current\/link$/;

type Pushed = { repository: string; digest: string; payload: Uint8Array; tag: string | undefined };

const dataOf = (digest: string): string => `${BLOBS}${hexOf(digest).slice(0, 2)}/${hexOf(digest)}/data`;

/** Before the push is acknowledged. */
export async function writeManifestFiles(
  { blobs }: Replica,
  { repository, digest, payload, tag }: Pushed,
): Promise<void> {
  const { files } = blobs.current().storage;
  const folder = `${REPOSITORIES}/${repository}/_manifests`;
  const link = Buffer.from(digest);
  await files?.write(dataOf(digest), payload);
  await files?.write(`${folder}/revisions/sha256/${hexOf(digest)}/link`, link);
  if (tag !== undefined) await files?.write(`${folder}/tags/${tag}/current/link`, link);
}

/** Tags whose manifest or blobs did not come along are left out. */
export const tagMigration =
  ({ store, blobs }: Replica): Action =>
  async (_job, log) => {
    const { files } = blobs.current().storage;
    const keys = (await files?.list(REPOSITORIES)) ?? [];
    const put = async (repository: string, digest: string, tag?: string): Promise<boolean> => {
      const payload = await files?.read(dataOf(digest));
      if (payload === undefined) return false;
      const manifest = parseManifest(payload, 'application/vnd.oci.image.manifest.v1+json');
      const references = referencesOf(manifest);
      for (const { kind, digest: blob } of references)
        if (kind === 'blob' && (await files?.read(dataOf(blob))) !== undefined)
          linkBlob(store, repository, blob);
      const { mediaType } = manifest;
      const missing = putManifest(store, {
        repository,
        digest,
        mediaType,
        payload,
        references,
        tag,
        author: '',
      });
      return missing.length === 0;
    };
    // An index needs its manifests first, so they are gone through twice.
    for (const [, repository = '', hex = ''] of [...matches(keys, REVISION), ...matches(keys, REVISION)])
      await put(repository, `sha256:${hex}`);
    let rebuilt = 0;
    for (const [key = '', repository = '', tag = ''] of matches(keys, TAG)) {
      const digest = (await files?.read(key))?.toString() ?? '';
      if (await put(repository, digest, tag)) rebuilt += 1;
    }
    log(`rebuilt ${rebuilt} tags`);
  };

const matches = (keys: string[], pattern: RegExp): RegExpExecArray[] =>
  keys.map((key) => pattern.exec(key)).filter((match) => match !== null);
