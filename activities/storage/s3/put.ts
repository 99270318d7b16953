// Writes one object so that the server itself refuses other bytes than the digest names. The digest is sent twice: as
// `x-amz-checksum-sha256`, which the server checks, keeps and shows again, and as the signed `x-amz-content-sha256`,
// which servers without checksums check too. The client hashes nothing that is known.

import { Readable } from 'node:stream';
import { EMPTY_SHA256 } from '../../../domain/storage/content-address.ts';
import { DamagedObjectError } from '../errors.ts';
import { hashStream } from '../bytes/hash-thread.ts';
import { readableOf } from '../bytes/measured-body.ts';
import type { LentBytes } from '../storage.ts';
import { BrokenBodyError } from './errors.ts';
import { CHECKSUM, hexToBase64, UNSIGNED } from './headers.ts';
import type { S3Wire } from './wire.ts';

export type Put = {
  /** The whole key in the bucket. */
  key: string;
  /** For people, in errors. */
  name: string;
  body: Readable | LentBytes | Buffer;
  size: number;
  sha256?: string;
  /** The server is known to check the digest that stands beside the signature: it need not hash twice. */
  unsigned?: boolean;
  /** Of a part of an upload. */
  query?: string;
};

/** `etag` with its quotes. */
export type Done = {
  sha256: string;
  /** Did the answer show the digest? */
  shown: boolean;
  etag: string;
};

/**
 * `sha256` is what was sent: the given one, or what was hashed on the way. `BrokenBodyError` when the body breaks; the
 * request ends with it, so that nothing is stored.
 */
export async function putObject(wire: S3Wire, put: Put, signal: AbortSignal | undefined): Promise<Done> {
  // Some servers, e.g. Ceph's gateway, do not look at the digest of a request without a body.
  if (put.size === 0 && put.sha256 !== undefined && put.sha256 !== EMPTY_SHA256) {
    throw new DamagedObjectError(put.name, `is empty, which SHA-256 ${put.sha256} is not the digest of`);
  }
  const headers: Record<string, string> = {};
  if (put.sha256 !== undefined) headers[CHECKSUM] = hexToBase64(put.sha256);
  const request = {
    method: 'PUT' as const,
    key: put.key,
    ...(put.query !== undefined && { query: put.query }),
    headers,
    payload: put.unsigned === true ? UNSIGNED : (put.sha256 ?? UNSIGNED),
    length: put.size,
    signal,
  };
  if (Buffer.isBuffer(put.body) && put.sha256 !== undefined) {
    if (put.body.length !== put.size) throw wrongSize(put, put.body.length);
    const answer = await wire.send({ ...request, body: put.body });
    answer.body.resume();
    return doneOf(answer.headers, put.sha256);
  }

  // Undici asks for a chunk when the one before has gone to the socket, so what is lent is not overwritten on its way.
  const source = isLent(put.body) ? put.body : readableOf(put.body);
  const measured = measure(source, put);
  try {
    const answer = await wire.send({ ...request, body: measured.bytes() });
    answer.body.resume();
    return doneOf(answer.headers, put.sha256 ?? measured.sha256() ?? '');
  } catch (error) {
    throw measured.broken() ?? error;
  } finally {
    if (source instanceof Readable) source.destroy();
  }
}

const isLent = (body: Put['body']): body is LentBytes =>
  !Buffer.isBuffer(body) && !(body instanceof Readable);

function doneOf(headers: Record<string, string | undefined>, sha256: string): Done {
  return { sha256, shown: headers[CHECKSUM] === hexToBase64(sha256), etag: headers['etag'] ?? '' };
}

type Measured = {
  bytes(): AsyncGenerator<Buffer>;
  sha256(): string | undefined;
  broken(): BrokenBodyError | undefined;
};

/** The bytes of the source, never more or fewer than announced. */
function measure(source: LentBytes, put: Put): Measured {
  const hashing = hashStream(put.sha256 === undefined ? ['sha256'] : []);
  let sha256: string | undefined;
  let broken: BrokenBodyError | undefined;
  async function* bytes(): AsyncGenerator<Buffer> {
    let seen = 0;
    // Held back until what follows it is known: some servers take a connection that ends early for a whole body, and
    // must not get all of a body that is wrong.
    let last: Buffer | undefined;
    let failed = true;
    try {
      for await (const chunk of source) {
        seen += chunk.length;
        if (seen > put.size) throw wrongSize(put, seen);
        const hashed = hashing.update(chunk);
        if (hashed !== undefined) await hashed;
        if (last !== undefined) yield last;
        last = chunk;
      }
      if (seen !== put.size) throw wrongSize(put, seen);
      if (put.sha256 === undefined) sha256 = (await hashing.digests()).sha256;
      failed = false;
      if (last !== undefined) yield last;
    } catch (error) {
      broken = new BrokenBodyError('the body broke', { cause: error });
      throw broken;
    } finally {
      if (failed) hashing.discard();
    }
  }
  return { bytes, sha256: () => sha256, broken: () => broken };
}

function wrongSize(put: Put, seen: number): DamagedObjectError {
  const found = seen > put.size ? 'more than' : `${seen} bytes instead of`;
  return new DamagedObjectError(put.name, `has ${found} the ${put.size} bytes that were announced`);
}
