// The bytes of an object, or a range of them, with the promise that a body that ends too early is an error.

import { Readable, Transform } from 'node:stream';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Container } from './container.ts';
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
  const told = answer.headers['content-length'];
  const expected = told === undefined ? undefined : Number(told);
  const about = { action: 'read', key };
  const checked = exactly(expected, { skip, take }, (seen) => {
    const message = `${container.describe}: read ${key}: the answer ended after ${seen} of ${expected} bytes`;
    return new TransshipError('StorageUnavailable', message, about);
  });
  answer.body.on('error', (error) => {
    checked.destroy((signal?.aborted ? signal.reason : networkError(container.describe, about, error)) as Error);
  });
  checked.on('close', () => answer.body.destroy());
  answer.body.pipe(checked);
  return {
    body: checked,
    size: expected === undefined ? undefined : Math.min(Math.max(expected - skip, 0), take),
  };
}

function exactly(
  expected: number | undefined,
  { skip, take }: { skip: number; take: number },
  tooFew: (seen: number) => Error,
): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const start = Math.max(skip - seen, 0);
      const end = Math.max(skip + take - seen, 0);
      seen += chunk.length;
      done(null, start === 0 && end >= chunk.length ? chunk : chunk.subarray(start, end));
    },
    flush(done) {
      done(expected !== undefined && seen !== expected ? tooFew(seen) : null);
    },
  });
}
