// A body that ends early is no body: what a server sends is counted against the length that it announced, and
// compared with the digest where it announced one: the keys of tags, and of blobs under `blobs/id`, do not tell their content.

import { finished, Transform, type Readable } from 'node:stream';
import { endOnAbort } from './end-on-abort.ts';
import { hashStream, type Algorithm } from './hash-thread.ts';
import { readableOf, settle } from './measured-body.ts';

/** Of the whole body. */
export type ServerDigest = {
  algorithm: Algorithm;
  /** Lower-case hex. */
  digest: string;
  /** Told when the body had it. */
  matched?: () => void;
  /**
   * Asked before a body of another digest is refused, where the server may have told something that is no digest.
   * `true`: the body is right all the same.
   */
  isRight?: (found: { digest: string; size: number }) => Promise<boolean>;
};

/**
 * `length` undefined: none was announced. `translate` turns the library's errors into those that are thrown; a body
 * that is not the announced one is given to it as an `Error`.
 */
export function expectLength(
  body: Readable,
  length: number | undefined,
  options: {
    told?: ServerDigest | undefined;
    signal?: AbortSignal | undefined;
    translate: (error: unknown) => unknown;
  },
): Readable {
  const { told, signal, translate } = options;
  const hashing = hashStream(told === undefined ? [] : [told.algorithm]);
  let seen = 0;
  const requireTold = async (): Promise<void> => {
    if (length !== undefined && seen !== length) {
      throw new Error(`the body has ${seen} bytes instead of ${length}`);
    }
    if (told === undefined) return;
    const digest = (await hashing.digests())[told.algorithm] ?? '';
    if (digest === told.digest) told.matched?.();
    else if ((await told.isRight?.({ digest, size: seen })) !== true) {
      throw new Error(`the body is not the one whose ${told.algorithm} was announced`);
    }
  };
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      const full = hashing.update(chunk);
      if (full === undefined) done(null, chunk);
      else settle(full, () => chunk, done);
    },
    flush(done) {
      settle(
        requireTold(),
        () => undefined,
        (error) => done(error && (translate(error) as Error)),
      );
    },
    destroy(error, done) {
      hashing.discard();
      done(error);
    },
  });
  finished(body, { writable: false }, (error) => {
    if (error) stream.destroy(translate(error) as Error);
  });
  stream.once('close', () => body.destroy());
  readableOf(stream);
  return body.pipe(endOnAbort(stream, signal));
}
