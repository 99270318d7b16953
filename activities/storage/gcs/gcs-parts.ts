// Large objects at Google, in parts that outlive the worker. Each part is an object of its own, whose MD5 the service
// checked, named by its place and its MD5: a part of that name is the right one, whoever sent it. They lie below a
// folder that no listing of ours shows and no registry looks into. Once the digest of the whole is right the service
// composes them, and the key appears by one rewrite.
//
// A resumable upload would be simpler, but its URI lets whoever has it write the object without credentials, so it
// must not stand in a heartbeat.

import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { TransshipError } from '../../../domain/transship-error.ts';
import { DamagedObjectError } from '../errors.ts';
import { forEachBounded } from '../../concurrency/for-each-bounded.ts';
import {
  listObjects,
  objectPath,
  removeObject,
  rewriteObject,
  type GcsBucket,
  type GcsObject,
} from './gcs-objects.ts';
import { base64, CONTENT_TYPE, putObject, PUT_BYTES, writeGcsObject } from './gcs-write.ts';
import { keptDigest } from '../bytes/kept-digest.ts';
import { inParts } from '../bytes/pieces.ts';
import type { Storage, WriteInPartsOptions, WriteRequest } from '../storage.ts';

/** Below the root directory. */
export const PARTS_FOLDER = '.transship-parts/';
const PART_BYTES = 32 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
/** https://cloud.google.com/storage/docs/composite-objects */
const MAX_COMPOSED = 32;
const REMOVALS_AT_ONCE = 16;

export const GCS_LIMITS = { object: 5 * 1024 ** 4, parts: 64 * 1024 * 1024 };

/** As `writeGcsObject`; parts that an earlier attempt sent are read and hashed again, but not sent. */
export async function writeGcsParts(
  bucket: GcsBucket,
  key: string,
  read: Parameters<NonNullable<Storage['writeInParts']>>[1],
  request: WriteRequest,
  options: WriteInPartsOptions,
): Promise<string> {
  if (request.size <= PUT_BYTES) {
    return await writeGcsObject(bucket, key, await buffer(await read(0, request.size)), request, options);
  }
  const { signal } = options;
  const context = { action: 'write', key, signal };
  const partBytes = options.resume?.partBytes ?? PART_BYTES;
  // The same for all attempts at a key, so that one that nobody remembers is gone on with, and cleared away, too.
  const upload = createHash('sha256').update(key).digest('hex').slice(0, 32);
  const folder = `${bucket.root}${PARTS_FOLDER}${upload}/`;
  const nameOf = (part: { index: number; md5: string }): string =>
    `${folder}${String(part.index).padStart(6, '0')}-${part.md5}`;
  const there = new Map<string, GcsObject>();
  for await (const part of listObjects(bucket, { prefix: folder, context })) there.set(part.name, part);
  options.begun?.({ upload, partBytes });
  try {
    const { sha256, parts } = await inParts(
      key,
      read,
      request,
      { ...options, partBytes, partsAtOnce: PARTS_AT_ONCE },
      {
        isThere: (part) => {
          const known = there.get(nameOf(part));
          return known?.md5Hash === base64(part.md5) && Number(known.size) === part.bytes.length;
        },
        send: async (part) => {
          // The cheapest class for what is there for so short a time, whatever the bucket's own is.
          const object = {
            key,
            name: nameOf(part),
            bytes: part.bytes,
            md5: part.md5,
            storageClass: 'STANDARD',
          };
          await putObject(bucket, object, options);
        },
      },
    );
    const whole = await compose(bucket, folder, parts.map(nameOf), options, key);
    if (Number(whole.size) !== request.size || whole.crc32c === undefined) {
      throw mismatch(bucket, key, `${whole.size} bytes were composed of ${request.size}`);
    }
    const stored = await rewriteObject(
      bucket,
      { bucket: bucket.bucket, name: whole.name, generation: whole.generation },
      { bucket: bucket.bucket, name: bucket.root + key },
      {
        context,
        moved: options.moved,
        resource: {
          contentType: CONTENT_TYPE,
          metadata: keptDigest(sha256, `crc32c=${whole.crc32c}`, await bucket.seal()),
        },
      },
    );
    if (stored.crc32c !== whole.crc32c) throw mismatch(bucket, key, 'its CRC32C is another one');
    await removeParts(bucket, folder, signal);
    return sha256;
  } catch (error) {
    if (error instanceof DamagedObjectError) await removeParts(bucket, folder, signal);
    throw error;
  }
}

/** Level by level, because one request composes a few objects only. */
async function compose(
  bucket: GcsBucket,
  folder: string,
  names: string[],
  { signal, moved }: WriteInPartsOptions,
  key: string,
): Promise<GcsObject> {
  let level = 0;
  let sources = names;
  for (;;) {
    const composed: GcsObject[] = [];
    for (let start = 0; start < sources.length; start += MAX_COMPOSED) {
      const some = sources.slice(start, start + MAX_COMPOSED);
      composed.push(
        await bucket.client.json<GcsObject>({
          ...{ action: 'write', key, signal },
          method: 'POST',
          path: `${objectPath(bucket.bucket, `${folder}composed-${level}-${composed.length}`)}/compose`,
          body: {
            sourceObjects: some.map((name) => ({ name })),
            destination: { contentType: CONTENT_TYPE, storageClass: 'STANDARD' },
          },
        }),
      );
      moved?.();
    }
    if (composed.length === 1) return composed[0] as GcsObject;
    sources = composed.map(({ name }) => name);
    level += 1;
  }
}

async function removeParts(
  bucket: GcsBucket,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const context = { action: 'remove', signal };
  await forEachBounded(listObjects(bucket, { prefix: folder, context }), REMOVALS_AT_ONCE, ({ name }) =>
    removeObject(bucket, name, context),
  );
}

const mismatch = (bucket: GcsBucket, key: string, problem: string): TransshipError =>
  new TransshipError('IntegrityMismatch', `${bucket.describe}: ${key}: ${problem}`, { key });
