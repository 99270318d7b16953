// A body that ends early is no body: what a server sends is counted against the length that it announced, and
// compared with the MD5 where it announced one: the keys of tags, and of blobs under `blobs/id`, do not tell their content.

import { createHash } from 'node:crypto';
import { finished, Transform, type Readable } from 'node:stream';
import { endOnAbort } from './end-on-abort.ts';
import { readableOf } from './measured-body.ts';

/** `md5`: of the whole body, lower-case hex. `translate` turns the library's errors into those that are thrown; a short body is given to it as an `Error`. */
export function expectLength(
  body: Readable,
  length: number,
  options: {
    md5?: string | undefined;
    signal?: AbortSignal | undefined;
    translate: (error: unknown) => unknown;
  },
): Readable {
  const { md5, signal, translate } = options;
  const hash = createHash('md5');
  let seen = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (md5 !== undefined) hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      if (seen !== length) {
        done(translate(new Error(`the body has ${seen} bytes instead of ${length}`)) as Error);
      } else if (md5 !== undefined && hash.digest('hex') !== md5) {
        done(translate(new Error('the body is not the one whose MD5 was announced')) as Error);
      } else done();
    },
  });
  finished(body, { writable: false }, (error) => {
    if (error) stream.destroy(translate(error) as Error);
  });
  stream.once('close', () => body.destroy());
  readableOf(stream);
  return body.pipe(endOnAbort(stream, signal));
}
