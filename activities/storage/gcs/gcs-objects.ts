// The requests about objects of one bucket, and what Google tells of an object.

import type { GcsClient, GcsRequest } from './gcs-client.ts';
import { believedDigest, type Seal } from '../bytes/kept-digest.ts';
import type { KnownDigests } from '../storage.ts';

export type GcsObject = {
  name: string;
  size: string;
  generation: string;
  /** Base64; objects that were composed have none. */
  md5Hash?: string;
  /** Base64. */
  crc32c?: string;
  metadata?: Record<string, string>;
  contentType?: string;
  /** Of this generation: when these bytes were written. A listing is not asked for it. */
  timeCreated?: string;
};

/** Of the registry's own unfinished uploads: https://github.com/distribution/distribution, driver gcs. */
const UPLOAD_SESSION = 'application/x-docker-upload-session';

type Context = Pick<GcsRequest, 'action' | 'key' | 'signal'>;

export type GcsBucket = {
  client: GcsClient;
  bucket: string;
  /** What comes before every key: the root directory without a `/` at its start and with one at its end. */
  root: string;
  describe: string;
  seal: () => Promise<Seal>;
};

export const objectPath = (bucket: string, name: string): string =>
  `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;

export const gcsDigests = (object: GcsObject, seal: Seal): KnownDigests => {
  const md5 = object.md5Hash && Buffer.from(object.md5Hash, 'base64').toString('hex');
  const checksums = [md5 && `md5=${md5}`, object.crc32c && `crc32c=${object.crc32c}`];
  const sha256 = believedDigest(object.metadata, checksums, seal);
  return { ...(md5 && { md5 }), ...(sha256 !== undefined && { sha256 }) };
};

export const isUploadSession = (object: GcsObject): boolean => object.contentType === UPLOAD_SESSION;

/** Lists by name, from `from` on: Google's order is that of the bytes. */
export async function* listObjects(
  { client, bucket }: GcsBucket,
  options: { prefix: string; from?: string; context: Context },
): AsyncGenerator<GcsObject> {
  let pageToken: string | undefined;
  do {
    const page = await client.json<{ items?: GcsObject[]; nextPageToken?: string }>({
      ...options.context,
      path: `/storage/v1/b/${encodeURIComponent(bucket)}/o`,
      query: {
        prefix: options.prefix,
        startOffset: options.from,
        pageToken,
        maxResults: '1000',
        projection: 'noAcl',
        fields: 'nextPageToken,items(name,size,generation,md5Hash,crc32c,metadata,contentType)',
      },
    });
    yield* page.items ?? [];
    pageToken = page.nextPageToken || undefined;
  } while (pageToken !== undefined);
}

/** Server side; in several requests if the service needs so long. `resource` replaces what the source tells of itself. */
export async function rewriteObject(
  { client }: Pick<GcsBucket, 'client'>,
  from: { bucket: string; name: string; generation?: string },
  to: { bucket: string; name: string },
  options: { context: Context; resource?: object; moved?: (() => void) | undefined },
): Promise<GcsObject> {
  const target = objectPath(to.bucket, to.name).replace('/storage/v1', '');
  let rewriteToken: string | undefined;
  for (;;) {
    const answer = await client.json<{ done: boolean; rewriteToken?: string; resource: GcsObject }>({
      ...options.context,
      method: 'POST',
      path: `${objectPath(from.bucket, from.name)}/rewriteTo${target}`,
      query: { rewriteToken, sourceGeneration: from.generation },
      body: options.resource ?? {},
    });
    options.moved?.();
    if (answer.done) return answer.resource;
    ({ rewriteToken } = answer);
  }
}

/** Removing what is not there is no error. */
export async function removeObject(
  { client, bucket }: GcsBucket,
  name: string,
  context: Context,
  generation?: string,
): Promise<void> {
  await client.whole({
    ...context,
    method: 'DELETE',
    path: objectPath(bucket, name),
    query: { generation },
    accept: [404],
  });
}
