// S3 on the s3api of OpenStack Swift.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSwift, stopSwift, type SwiftServer } from '../../../lab/servers/swift.ts';
import type { Open } from './opened.ts';
import { openS3Kind } from './s3-entry.ts';
import { freePort } from '../../../lab/free-port.ts';

const BUCKET = 'images';

async function startTestSwiftS3(): Promise<{ server: SwiftServer['s3']; stop: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-s3api-'));
  const ports = {
    proxy: await freePort(),
    account: await freePort(),
    container: await freePort(),
    object: await freePort(),
    memcached: await freePort(),
  };
  const { s3 } = await startSwift(dir, { ports, containers: [BUCKET] });
  const stop = async (): Promise<void> => {
    await stopSwift(dir);
    await rm(dir, { recursive: true, force: true });
  };
  return { server: s3, stop };
}

export const open: Open = async (via) => {
  const { server, stop } = await startTestSwiftS3();
  return await openS3Kind(server, BUCKET, via, stop);
};
