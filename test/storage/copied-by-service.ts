// A copy that the service makes by itself: proved by the digests of both sides, while no bytes pass through the client.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { md5, sha256 } from '../support/digests.ts';
import { bytesMoved, type WatchedServer } from './watched-server.ts';

type Sides = { storage: Storage; other: Storage; watched: WatchedServer };

/** `mostMoved` is what may be said for a copy of so many `bytes`. */
export function isCopiedByService(
  service: string,
  sides: () => Sides,
  { bytes, mostMoved }: { bytes: number; mostMoved: number },
): void {
  test(`is copied from by ${service} itself, with no bytes through the client`, async () => {
    const { storage, other, watched } = sides();
    const body = randomBytes(bytes);
    const request = { size: body.length, sha256: sha256(body) };
    await other.write('blob', Readable.from([body]), request);
    watched.forget();
    expect(await storage.copyFrom?.(other, 'blob', request)).toEqual({
      sha256: request.sha256,
      proof: 'checksum',
    });
    expect(bytesMoved(watched.seen)).toBeLessThan(mostMoved);
    expect(await storage.stat('blob')).toEqual({ ...request, md5: md5(body) });
    expect((await buffer(await storage.read('blob'))).equals(body)).toBe(true);
  });
}
