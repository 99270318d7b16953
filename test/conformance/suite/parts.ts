// Large objects in parts: the same promises as of a write, and what was sent before an attempt was killed is not
// sent again. A kind without such a way has nothing to show here.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { DamagedObjectError } from '../../../activities/storage/errors.ts';
import type { UploadState, WriteInPartsOptions } from '../../../activities/storage/storage.ts';
import type { Subject } from './subject.ts';
import { sha256 } from '../../support/digests.ts';

const CHUNK_BYTES = 256 * 1024;

export function parts({ largeBytes, storage, put, keys, bytes, content, opened }: Subject): void {
  const body = randomBytes(largeBytes);
  const request = { size: largeBytes, sha256: sha256(body) };

  const write = async (
    read: Source['read'],
    asked: { size: number; sha256?: string } = request,
    options: WriteInPartsOptions = {},
  ) => await storage().writeInParts?.('large', read, asked, options);

  test('all bytes, and tells their digest', async () => {
    expect(await write(sourceOf(body).read)).toMatchObject({ sha256: request.sha256 });
    expect((await bytes('large')).equals(body)).toBe(true);
    const stat = await storage().stat('large');
    expect(stat?.size).toBe(largeBytes);
    expect([undefined, request.sha256]).toContain(stat?.sha256);
    expect(await keys()).toEqual(['large']);
    expect(await opened().remains()).toEqual([]);
  });

  test('all bytes of unknown digest, and finds it', async () => {
    expect(await write(sourceOf(body).read, { size: largeBytes })).toMatchObject({ sha256: request.sha256 });
    expect((await bytes('large')).equals(body)).toBe(true);
  });

  test('nothing when one byte is another, and keeps the old object', async () => {
    await put('large', 'old');
    const wrong = Buffer.from(body);
    wrong[largeBytes - 5] = (wrong[largeBytes - 5] as number) ^ 1;
    await expect(write(sourceOf(wrong).read)).rejects.toBeInstanceOf(DamagedObjectError);
    expect(await content('large')).toBe('old');
    expect(await keys()).toEqual(['large']);
    expect(await opened().remains()).toEqual([]);
  });

  test('nothing when the source is shorter than announced', async () => {
    const short = body.subarray(0, largeBytes - 1000);
    await expect(write(sourceOf(short).read)).rejects.toBeInstanceOf(DamagedObjectError);
    await expect(write(sourceOf(short).read, { size: largeBytes })).rejects.toBeInstanceOf(
      DamagedObjectError,
    );
    expect(await keys()).toEqual([]);
    expect(await opened().remains()).toEqual([]);
  });

  test('goes on where an aborted attempt stopped', async () => {
    let state: UploadState | undefined;
    const reason = new Error('cancelled by the test');
    const controller = new AbortController();
    const first = sourceOf(body);
    const untilNearlyDone = async (offset: number, length: number): Promise<Readable> => {
      if (offset + length >= largeBytes) {
        // Some of the parts before have arrived by then.
        setTimeout(() => controller.abort(reason), 500);
        return await new Promise<Readable>((_, reject) => {
          controller.signal.addEventListener('abort', () => reject(reason));
        });
      }
      return await first.read(offset, length);
    };
    const options = {
      signal: controller.signal,
      begun: (begun: UploadState): void => {
        state = begun;
      },
    };
    await expect(write(untilNearlyDone, request, options)).rejects.toBe(reason);
    expect(await keys()).toEqual([]);
    expect(JSON.stringify(state).length).toBeLessThan(4096);
    const resumed = sourceOf(body);
    await write(resumed.read, request, { ...(state && { resume: state }) });
    expect((await bytes('large')).equals(body)).toBe(true);
    expect(await keys()).toEqual(['large']);
    expect(await opened().remains()).toEqual([]);
  });

  test('does not trust the parts of an attempt at other bytes', async () => {
    const other = randomBytes(largeBytes);
    let state: UploadState | undefined;
    const controller = new AbortController();
    const source = sourceOf(other);
    const read = async (offset: number, length: number): Promise<Readable> => {
      if (offset + length >= largeBytes) {
        controller.abort(new Error('enough'));
        throw new Error('enough');
      }
      return await source.read(offset, length);
    };
    await expect(
      write(read, { size: largeBytes }, { signal: controller.signal, begun: (begun) => (state = begun) }),
    ).rejects.toThrow('enough');
    // The same upload, now for bytes with a digest: either all is sent again, or the mixture is refused.
    const attempt = await write(sourceOf(body).read, request, { ...(state && { resume: state }) }).then(
      () => 'written',
      (error: unknown) => error,
    );
    const stands = (await keys()).length > 0 ? sha256(await bytes('large')) : 'nothing';
    expect([attempt === 'written' || attempt instanceof DamagedObjectError, stands]).toEqual([
      true,
      attempt === 'written' ? request.sha256 : 'nothing',
    ]);
    await write(sourceOf(body).read);
    expect((await bytes('large')).equals(body)).toBe(true);
    expect(await opened().remains()).toEqual([]);
  });

  test('sends all parts when the upload of an earlier attempt is gone', async () => {
    let state: UploadState | undefined;
    await write(sourceOf(body).read, request, { begun: (begun) => (state = begun) });
    await storage().remove(['large']);
    const source = sourceOf(body);
    await write(source.read, request, { ...(state && { resume: state }) });
    expect((await bytes('large')).equals(body)).toBe(true);
    expect(await opened().remains()).toEqual([]);
  });
}

type Source = { bytesAsked: number; read: (offset: number, length: number) => Promise<Readable> };

function sourceOf(bytes: Buffer): Source {
  const source: Source = {
    bytesAsked: 0,
    read: (offset, length) => {
      source.bytesAsked += length;
      return Promise.resolve(Readable.from(chunksOf(bytes.subarray(offset, offset + length))));
    },
  };
  return source;
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}
