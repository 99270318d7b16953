// Hashing beside the copying thread: the digests of Node's own crypto for every size, from many streams at once, within
// a fixed memory, and without a thread that outlives its use.

import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { DamagedObjectError } from '../errors.ts';
import { hashStream, type Algorithm } from './hash-thread.ts';
import { measureBody } from './measured-body.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const hex = (algorithm: Algorithm, bytes: Buffer): string =>
  createHash(algorithm).update(bytes).digest('hex');

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function hashed(algorithms: Algorithm[], bytes: Buffer, size: number) {
  const stream = hashStream(algorithms);
  for (const piece of pieces(bytes, size)) await stream.update(piece);
  return await stream.digests();
}

describe('hashing beside the copy', () => {
  test.each([0, 1, 128 * KIB, 128 * KIB + 1, 256 * KIB, 256 * KIB + 1, 3 * MIB + 7])(
    'gives both digests of %d bytes in one pass',
    async (size) => {
      const bytes = randomBytes(size);
      expect(await hashed(['sha256', 'md5'], bytes, 100_000)).toEqual({
        sha256: hex('sha256', bytes),
        md5: hex('md5', bytes),
      });
    },
  );

  test('takes chunks that are larger than all the memory it shares', async () => {
    const bytes = randomBytes(24 * MIB);
    expect(await hashed(['md5'], bytes, bytes.length)).toEqual({ md5: hex('md5', bytes) });
  });

  test('keeps many streams apart', async () => {
    const bodies = Array.from({ length: 60 }, (_, at) => randomBytes(200 * KIB + at * 9973));
    const found = await Promise.all(bodies.map((bytes) => hashed(['sha256'], bytes, 37_000)));
    expect(found.map(({ sha256 }) => sha256)).toEqual(bodies.map((bytes) => hex('sha256', bytes)));
  });

  test('streams that are given up while they wait leave room for others', async () => {
    const bytes = randomBytes(24 * MIB);
    for (let at = 0; at < 20; at += 1) {
      const abandoned = hashStream(['sha256']);
      void abandoned.update(bytes);
      abandoned.discard();
    }
    const body = randomBytes(MIB);
    expect(await hashed(['sha256'], body, MIB)).toEqual({ sha256: hex('sha256', body) });
  });

  test('a process ends by itself when nothing is hashed any more', async () => {
    const script = `
      const { hashStream } = await import(process.argv[1]);
      const stream = hashStream(['sha256']);
      for (let at = 0; at < 8; at += 1) await stream.update(Buffer.alloc(100_000));
      hashStream(['md5']).update(Buffer.alloc(1_000_000));
      console.log((await stream.digests()).sha256);`;
    const module = new URL('hash-thread.ts', import.meta.url).href;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      script,
      module,
    ]);
    expect(stdout.trim()).toBe(hex('sha256', Buffer.alloc(800_000)));
  });
});

describe('a measured body', () => {
  const bytes = randomBytes(MIB);
  const through = async (request: { size: number; sha256?: string }) => {
    const measured = measureBody('a/key', request, { hash: ['sha256', 'md5'] });
    const arrived: Buffer[] = [];
    const outcome = await pipeline(Readable.from(pieces(bytes, 60_000)), measured.stream, async (out) => {
      for await (const chunk of out as AsyncIterable<Buffer>) arrived.push(chunk);
    }).then(
      () => 'whole' as const,
      (error: unknown) => error,
    );
    return { outcome, arrived: Buffer.concat(arrived), digests: measured.digests() };
  };

  test('arrives unchanged and is known by its digests', async () => {
    const { outcome, arrived, digests } = await through({ size: bytes.length, sha256: hex('sha256', bytes) });
    expect(outcome).toBe('whole');
    expect(arrived.equals(bytes)).toBe(true);
    expect(digests).toEqual({ sha256: hex('sha256', bytes), md5: hex('md5', bytes) });
  });

  test.each([
    { wrong: 'digest', request: { size: bytes.length, sha256: '0'.repeat(64) } },
    { wrong: 'size, too large', request: { size: bytes.length + 1 } },
    { wrong: 'size, too small', request: { size: bytes.length - 1 } },
  ])('with the wrong $wrong never arrives whole', async ({ request }) => {
    const { outcome, arrived } = await through(request);
    expect(outcome).toBeInstanceOf(DamagedObjectError);
    expect(arrived.length).toBeLessThan(Math.min(bytes.length, request.size));
  });

  test('of no bytes has digests too', async () => {
    const measured = measureBody('empty', { size: 0 }, { hash: ['sha256'] });
    expect(await buffer(Readable.from([]).pipe(measured.stream))).toHaveLength(0);
    expect(measured.digests()).toEqual({ sha256: hex('sha256', Buffer.alloc(0)) });
  });
});
