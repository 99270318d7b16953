// Copies on the server. What fits one object becomes one, whatever it was made of; segments of larger objects are
// copied too, because objects that share segments break each other when one is removed.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import { DamagedObjectError } from '../errors.ts';
import type { WriteOptions, WriteRequest } from '../storage.ts';
import type { Container } from './container.ts';
import { type Described, etagOf, segmentsOf } from './large-objects.ts';
import { encodePath, segmentName } from './names.ts';
import { putManifest, type Segments } from './write-segments.ts';

/** A server copies gigabytes before it answers. */
const COPY_SILENCE_MS = 14 * 60 * 1000;

type Copy = { from: string; fromContainer: string; to: string; key: string; signal: AbortSignal | undefined };

/** MD5 of the copy's bytes. */
export async function copyOnServer(container: Container, copy: Copy): Promise<string> {
  const { headers } = await container.client.head({
    method: 'PUT',
    container: container.name,
    object: copy.to,
    headers: { 'x-copy-from': `/${encodePath(`${copy.fromContainer}/${copy.from}`)}`, 'content-length': '0' },
    signal: copy.signal,
    action: 'copy',
    key: copy.key,
    silenceMs: COPY_SILENCE_MS,
  });
  return etagOf(headers);
}

/** Also of the copy. The bytes are read once for their SHA-256; to send them is the server's work. */
export async function hashSource(
  body: Readable,
  key: string,
  request: WriteRequest,
  { moved }: WriteOptions,
): Promise<{ sha256: string; md5: string }> {
  const hashes = { sha256: createHash('sha256'), md5: createHash('md5') };
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hashes.sha256.update(chunk);
    hashes.md5.update(chunk);
    size += chunk.length;
    moved?.();
  }
  const sha256 = hashes.sha256.digest('hex');
  if (size !== request.size) {
    throw new DamagedObjectError(key, `has ${size} bytes instead of the ${request.size} announced`);
  }
  if (request.sha256 !== undefined && request.sha256 !== sha256) {
    throw new DamagedObjectError(key, `has SHA-256 ${sha256} instead of ${request.sha256}`);
  }
  return { sha256, md5: hashes.md5.digest('hex') };
}

/** Segment by segment to `to.path`, then the manifest. */
export async function copySegments(
  container: Container,
  from: Described & { object: string },
  to: Omit<Segments, 'partBytes' | 'isResumable'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const segments = from.manifest ? await segmentsOf(container, from.object, from.manifest, signal) : [];
  if (segments.reduce((sum, { bytes }) => sum + bytes, 0) !== from.size) {
    throw new TransshipError(
      'PreflightFailed',
      `${container.describe}: ${to.key} cannot be copied: it is made of parts of segments, or lacks some`,
      { key: to.key },
    );
  }
  const copied = new Map<string, { bytes: number; md5: string }>();
  for (const [index, segment] of segments.entries()) {
    const name = segmentName(to.path, index + 1);
    const md5 = await copyOnServer(container, {
      from: segment.name,
      fromContainer: segment.container,
      to: name,
      key: to.key,
      signal,
    });
    if (md5 !== segment.md5) {
      throw new DamagedObjectError(to.key, `segment ${segment.name} was not copied as it is`);
    }
    copied.set(name, { bytes: segment.bytes, md5 });
  }
  await putManifest(container, to, copied, signal);
}
