// The bytes of an object, or a range of them. A body that ends too early is an error, and so are wrong bytes where only
// Swift's MD5 can tell.

import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { fixedContent } from '../../../domain/storage/content-address.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { readableOf } from '../bytes/measured-body.ts';
import type { Container } from './container.ts';
import { etagOf, manifestOf } from './large-objects.ts';
import { networkError } from './swift-errors.ts';

type Range = { offset?: number; length?: number; signal?: AbortSignal | undefined };

/** `size`: of the body, undefined if the server does not tell. `ObjectNotFoundError` if there is no such object. */
export async function readObject(
  container: Container,
  object: string,
  key: string,
  { offset = 0, length, signal }: Range,
): Promise<{ body: Readable; size: number | undefined }> {
  const isRange = offset > 0 || length !== undefined;
  const end = length === undefined ? '' : String(offset + length - 1);
  const answer = await container.client.send({
    method: 'GET',
    container: container.name,
    object,
    ...(isRange && { headers: { range: `bytes=${offset}-${end}` } }),
    signal,
    action: 'read',
    key,
    // A range behind the end has no bytes, as in a file.
    accept: [416],
  });
  if (answer.status === 416) {
    await answer.body.dump();
    return { body: Readable.from([]), size: 0 };
  }
  // Swift gives all of a large object whose segments it cannot count, whatever range was asked for.
  const isWhole = answer.status === 200;
  const skip = isRange && isWhole ? offset : 0;
  const take = isRange && isWhole ? (length ?? Infinity) : Infinity;
  const told = answer.headers['content-range'] ?? answer.headers['content-length'];
  const expected = told === undefined ? undefined : lengthOf(told);
  // The content of other keys is known without Swift, and is compared by whoever reads them.
  const isTold = !isRange && manifestOf(answer.headers) === undefined && fixedContent(key) === undefined;
  const about = { action: 'read', key };
  const checked = exactly(
    { bytes: expected, md5: isTold ? etagOf(answer.headers) : undefined },
    { skip, take },
    (problem) => {
      const message = `${container.describe}: read ${key}: the answer ${problem}`;
      return new TransshipError('StorageUnavailable', message, about);
    },
  );
  answer.body.on('error', (error) => {
    checked.destroy(
      (signal?.aborted ? signal.reason : networkError(container.describe, about, error)) as Error,
    );
  });
  checked.on('close', () => answer.body.destroy());
  answer.body.pipe(checked);
  return {
    body: readableOf(checked),
    size: expected === undefined ? undefined : Math.min(Math.max(expected - skip, 0), take),
  };
}

/** Of `bytes 0-9/100`, or of a length. */
function lengthOf(header: string): number {
  const range = /^bytes (\d+)-(\d+)\//.exec(header);
  return range === null ? Number(header) : Number(range[2]) - Number(range[1]) + 1;
}

function exactly(
  expected: { bytes: number | undefined; md5: string | undefined },
  { skip, take }: { skip: number; take: number },
  wrong: (problem: string) => Error,
): Transform {
  const md5 = expected.md5 === undefined ? undefined : createHash('md5');
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const start = Math.max(skip - seen, 0);
      const end = Math.max(skip + take - seen, 0);
      seen += chunk.length;
      md5?.update(chunk);
      done(null, start === 0 && end >= chunk.length ? chunk : chunk.subarray(start, end));
    },
    flush(done) {
      if (expected.bytes !== undefined && seen !== expected.bytes) {
        done(wrong(`ended after ${seen} of ${expected.bytes} bytes`));
      } else if (md5 !== undefined && md5.digest('hex') !== expected.md5) {
        done(wrong('has other bytes than its MD5 names'));
      } else done();
    },
  });
}
