// Watches the bytes of a write go by: never more and never fewer than were announced, and hashed on the way where
// nobody else can tell the digest.

import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { DamagedObjectError } from './errors.ts';
import type { WriteRequest } from './storage.ts';

export type MeasuredBody = {
  stream: Transform;
  /** Lower-case hex, once the stream has ended; undefined where `hash` was false. */
  sha256(): string | undefined;
};

/** A transform that fails with `DamagedObjectError` before its end unless size, and digest if hashed, are right. */
export function measureBody(key: string, request: WriteRequest, options: { hash: boolean }): MeasuredBody {
  const hash = options.hash ? createHash('sha256') : undefined;
  let seen = 0;
  let digest: string | undefined;
  // Held back until what follows it is known: some servers take a connection that ends early for a whole body, and
  // must not get all of a body that is wrong.
  let last: Buffer | undefined;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      hash?.update(chunk);
      if (seen > request.size) {
        done(new DamagedObjectError(key, `has more than the ${request.size} bytes that were announced`));
      } else {
        const before = last;
        last = chunk;
        done(null, before);
      }
    },
    flush(done) {
      digest = hash?.digest('hex');
      if (seen !== request.size) {
        done(new DamagedObjectError(key, `has ${seen} bytes instead of the ${request.size} announced`));
      } else if (digest !== undefined && request.sha256 !== undefined && digest !== request.sha256) {
        done(new DamagedObjectError(key, `has SHA-256 ${digest} instead of ${request.sha256}`));
      } else done(null, last);
    },
  });
  return { stream, sha256: () => digest };
}

/** To be called before anything is waited for: a stream that breaks while nobody listens would end the worker. */
export function readableOf(body: Readable | Buffer): Readable {
  const stream = body instanceof Readable ? body : Readable.from(body.length === 0 ? [] : [body]);
  // Whoever reads the stream is told as well.
  stream.on('error', () => undefined);
  return stream;
}
