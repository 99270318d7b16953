// Watches the bytes of a write go by: never more and never fewer than were announced, and hashed on the way where
// nobody else can tell the digest.

import { Readable, Transform } from 'node:stream';
import { DamagedObjectError } from '../errors.ts';
import { hashStream, type Algorithm } from './hash-thread.ts';
import type { KnownDigests, WriteRequest } from '../storage.ts';

/** Above a single chunk of a file, so that reading goes on while a chunk is written. */
const BUFFERED_BYTES = 2 * 1024 * 1024;

export type MeasuredBody = {
  stream: Transform;
  /** Of the algorithms that were asked for, once the stream has ended. */
  digests(): KnownDigests;
};

/** A transform that fails with `DamagedObjectError` before its end unless size, and digest if hashed, are right. */
export function measureBody(
  key: string,
  request: WriteRequest,
  options: { hash: Algorithm[] },
): MeasuredBody {
  const hashing = hashStream(options.hash);
  let seen = 0;
  let digests: KnownDigests = {};
  // Held back until what follows it is known: some servers take a connection that ends early for a whole body, and
  // must not get all of a body that is wrong.
  let last: Buffer | undefined;
  const stream = new Transform({
    highWaterMark: BUFFERED_BYTES,
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > request.size) {
        done(new DamagedObjectError(key, `has more than the ${request.size} bytes that were announced`));
        return;
      }
      const before = last;
      last = chunk;
      const full = hashing.update(chunk);
      if (full === undefined) done(null, before);
      else settle(full, () => before, done);
    },
    flush(done) {
      if (seen !== request.size) {
        done(new DamagedObjectError(key, `has ${seen} bytes instead of the ${request.size} announced`));
        return;
      }
      const finish = async (): Promise<void> => {
        digests = await hashing.digests();
        const { sha256 } = digests;
        if (sha256 === undefined || request.sha256 === undefined || sha256 === request.sha256) return;
        throw new DamagedObjectError(key, `has SHA-256 ${sha256} instead of ${request.sha256}`);
      };
      settle(finish(), () => last, done);
    },
    destroy(error, done) {
      hashing.discard();
      done(error);
    },
  });
  return { stream, digests: () => digests };
}

/** Calls a stream back when the work is done. */
export function settle(
  work: Promise<void>,
  chunk: () => Buffer | undefined,
  done: (error: Error | null, chunk?: Buffer) => void,
): void {
  void (async () => {
    let failure: Error | null = null;
    await work.catch((error: unknown) => {
      failure = error as Error;
    });
    if (failure === null) done(null, chunk());
    else done(failure);
  })();
}

/** To be called before anything is waited for: a stream that breaks while nobody listens would end the worker. */
export function readableOf(body: Readable | Buffer): Readable {
  const stream = body instanceof Readable ? body : Readable.from(body.length === 0 ? [] : [body]);
  // Whoever reads the stream is told as well.
  stream.on('error', () => undefined);
  return stream;
}
