// Watches the bytes of a write go by: never more and never fewer than were announced, and hashed on the way where
// nobody else can tell the digest.

import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { DamagedObjectError } from './errors.ts';
import type { KnownDigests, WriteRequest } from './storage.ts';

export type Algorithm = keyof KnownDigests;

export type MeasuredBody = {
  stream: Transform;
  /** Of the algorithms that were asked for, once the stream has ended. */
  digests(): KnownDigests;
};

/** A transform that fails with `DamagedObjectError` before its end unless size, and digest if hashed, are right. */
export function measureBody(key: string, request: WriteRequest, options: { hash: Algorithm[] }): MeasuredBody {
  const hashes = options.hash.map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  let seen = 0;
  let digests: KnownDigests = {};
  // Held back until what follows it is known: some servers take a connection that ends early for a whole body, and
  // must not get all of a body that is wrong.
  let last: Buffer | undefined;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      for (const { hash } of hashes) hash.update(chunk);
      if (seen > request.size) {
        done(new DamagedObjectError(key, `has more than the ${request.size} bytes that were announced`));
      } else {
        const before = last;
        last = chunk;
        done(null, before);
      }
    },
    flush(done) {
      digests = Object.fromEntries(hashes.map(({ algorithm, hash }) => [algorithm, hash.digest('hex')]));
      if (seen !== request.size) {
        done(new DamagedObjectError(key, `has ${seen} bytes instead of the ${request.size} announced`));
      } else if (
        digests.sha256 !== undefined &&
        request.sha256 !== undefined &&
        digests.sha256 !== request.sha256
      ) {
        done(new DamagedObjectError(key, `has SHA-256 ${digests.sha256} instead of ${request.sha256}`));
      } else done(null, last);
    },
  });
  return { stream, digests: () => digests };
}

/** To be called before anything is waited for: a stream that breaks while nobody listens would end the worker. */
export function readableOf(body: Readable | Buffer): Readable {
  const stream = body instanceof Readable ? body : Readable.from(body.length === 0 ? [] : [body]);
  // Whoever reads the stream is told as well.
  stream.on('error', () => undefined);
  return stream;
}
