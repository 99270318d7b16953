// Writes an object that is larger than a cluster takes as one: its segments first, its manifest last, so that nobody
// sees a part of it.
//
// It becomes a dynamic large object just as the registry's driver makes them, although the manifest of a static one
// would hold the MD5 of each segment: the driver finds only the segments of dynamic ones when it deletes a blob, so that
// garbage collection would leave those of static ones behind for ever. What the manifest cannot promise is proved
// before it stands: the server checks each segment's MD5, the listing that Swift makes the object from must name
// all of them, and the finished object must have the size and the ETag that follow from them.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Tries } from '../../concurrency/patience.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { DamagedObjectError } from '../errors.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';
import { type Container, listEntries } from './container.ts';
import { describeObject, etagOf } from './large-objects.ts';
import { encodePath, segmentName } from './names.ts';
import { putBuffer } from './put-object.ts';

/** Segments on their way at once: each is in memory. */
const SEGMENTS_IN_FLIGHT = 3;
/** Swift's listings follow its objects; the registry's driver waits for them as long. */
const LISTING_LIMIT_MS = 15_000;

export type Segments = {
  object: string;
  key: string;
  /** What the segments' names begin with. Nothing else may use it. */
  path: string;
  partBytes: number;
  /** What was sent stays for another attempt, unless it is wrong. */
  isResumable: boolean;
};

/** The next bytes of the object, `length` of them. `stored` reads those that an earlier attempt sent, if it did. */
export type NextBytes = (
  part: { offset: number; length: number },
  stored: (() => Promise<Readable>) | undefined,
) => Promise<{ bytes: Buffer; isStored: boolean }>;

type Known = { bytes: number; md5: string };

/** SHA-256 of the whole. Segments of wrong bytes are removed; those of a resumable attempt that breaks stay. */
export async function writeSegments(
  container: Container,
  segments: Segments,
  next: NextBytes,
  request: WriteRequest,
  { signal, moved }: WriteOptions,
): Promise<string> {
  const known = await storedSegments(container, segments.path, signal);
  const sent = new Map<string, Known>();
  const sha256 = createHash('sha256');
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for (let offset = 0, number = 1; offset < request.size; offset += segments.partBytes, number += 1) {
      const length = Math.min(segments.partBytes, request.size - offset);
      const name = segmentName(segments.path, number);
      const there = known.get(name);
      const stored =
        there?.bytes === length ? () => readSegment(container, name, segments.key, signal) : undefined;
      const { bytes, isStored } = await next({ offset, length }, stored);
      if (bytes.length !== length) {
        throw new DamagedObjectError(
          segments.key,
          `has ${offset + bytes.length} bytes instead of the ${request.size} announced`,
        );
      }
      sha256.update(bytes);
      const md5 = createHash('md5').update(bytes).digest('hex');
      sent.set(name, { bytes: length, md5 });
      if (isStored || there?.md5 === md5) {
        moved?.();
        continue;
      }
      const put: Promise<void> = putBuffer(container, {
        object: name,
        key: segments.key,
        body: bytes,
        signal,
      })
        .then(() => moved?.())
        .catch((error: unknown) => {
          failures.push(error);
        })
        .finally(() => inFlight.delete(put));
      inFlight.add(put);
      if (inFlight.size >= SEGMENTS_IN_FLIGHT) await Promise.race(inFlight);
      if (failures.length > 0) throw failures[0];
    }
    await Promise.all(inFlight);
    if (failures.length > 0) throw failures[0];
    const found = sha256.digest('hex');
    if (request.sha256 !== undefined && found !== request.sha256) {
      throw new DamagedObjectError(segments.key, `has SHA-256 ${found} instead of ${request.sha256}`);
    }
    for (const name of known.keys()) if (!sent.has(name)) await removeSegment(container, name, signal);
    await putManifest(container, segments, sent, signal);
    return found;
  } catch (error) {
    await Promise.all(inFlight);
    if (signal?.aborted) throw signal.reason;
    if (error instanceof DamagedObjectError || !segments.isResumable) {
      await removeUnused(container, segments, signal);
    }
    throw error;
  }
}

/** Unless another attempt has made the object of the same segments meanwhile. */
async function removeUnused(
  container: Container,
  { object, path }: Segments,
  signal: AbortSignal | undefined,
): Promise<void> {
  const current = await describeObject(container, object, { signal });
  if (current?.manifest?.kind === 'dlo' && current.manifest.path === path) return;
  for (const name of (await storedSegments(container, path, signal)).keys()) {
    await removeSegment(container, name, signal);
  }
}

async function removeSegment(
  container: Container,
  object: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await container.client.head({
    method: 'DELETE',
    container: container.name,
    object,
    signal,
    action: `remove segment ${object}`,
    accept: [404],
  });
}

async function storedSegments(
  container: Container,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, Known>> {
  const found = new Map<string, Known>();
  for await (const { name, bytes, hash } of listEntries(container, { prefix: `${path}/`, signal })) {
    found.set(name, { bytes, md5: hash });
  }
  return found;
}

async function readSegment(
  container: Container,
  object: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<Readable> {
  const { body } = await container.client.send({
    method: 'GET',
    container: container.name,
    object,
    signal,
    action: 'read',
    key,
  });
  return body;
}

/** Swift makes the object from the listing, so that one that lacks a segment, or has another one, would damage it. */
async function waitForListing(
  container: Container,
  { path, key }: Pick<Segments, 'key' | 'path'>,
  expected: Map<string, Known>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + LISTING_LIMIT_MS;
  const looks = new Tries(container.client.patience.segments);
  for (;;) {
    const listed = await storedSegments(container, path, signal);
    const isSame = ([name, { bytes, md5 }]: [string, Known]): boolean => {
      const one = listed.get(name);
      return one !== undefined && one.bytes === bytes && one.md5 === md5;
    };
    if (listed.size === expected.size && [...expected].every(isSame)) return;
    if (Date.now() > deadline) {
      throw new TransshipError(
        'StorageUnavailable',
        `${container.describe}: write ${key}: the listing does not show the ${expected.size} segments that were written`,
        { action: 'write', key },
      );
    }
    await looks.next(signal);
  }
}

/** Makes the object of segments that are there. A reader sees the old object until then, and the new one after it. */
export async function putManifest(
  container: Container,
  { object, key, path }: Pick<Segments, 'object' | 'key' | 'path'>,
  segments: Map<string, Known>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await waitForListing(container, { key, path }, segments, signal);
  const headers = { 'x-object-manifest': encodePath(`${container.name}/${path}`) };
  await putBuffer(container, { object, key, body: Buffer.alloc(0), signal, headers });
  const all = [...segments.values()];
  const size = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const etag = createHash('md5')
    .update(all.map(({ md5 }) => md5).join(''))
    .digest('hex');
  const stands = await container.client.head({
    method: 'HEAD',
    container: container.name,
    object,
    signal,
    action: 'stat',
    key,
  });
  if (Number(stands.headers['content-length']) === size && etagOf(stands.headers) === etag) return;
  throw new TransshipError(
    'IntegrityMismatch',
    `${container.describe}: ${key} is not made of the segments that were written`,
    { action: 'write', key },
  );
}
