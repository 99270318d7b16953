// A body that ends early is no body: what a server sends is counted against the length that it announced.

import { finished, Transform, type Readable } from 'node:stream';
import { endOnAbort } from './end-on-abort.ts';
import { readableOf } from './measured-body.ts';

/** `translate` turns the library's errors into those that are thrown; a short body is given to it as an `Error`. */
export function expectLength(
  body: Readable,
  length: number,
  options: { signal?: AbortSignal | undefined; translate: (error: unknown) => unknown },
): Readable {
  const { signal, translate } = options;
  let seen = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(null, chunk);
    },
    flush(done) {
      if (seen === length) done();
      else done(translate(new Error(`the body has ${seen} bytes instead of ${length}`)) as Error);
    },
  });
  finished(body, { writable: false }, (error) => {
    if (error) stream.destroy(translate(error) as Error);
  });
  stream.once('close', () => body.destroy());
  readableOf(stream);
  return body.pipe(endOnAbort(stream, signal));
}
