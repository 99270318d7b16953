// S3 on Ceph's object gateway.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCephRgw, stopCephRgw, type CephRgw } from '../../../lab/servers/ceph-rgw.ts';
import type { Open } from './opened.ts';
import { openS3Kind } from './s3-entry.ts';
import { freePort } from '../../../lab/free-port.ts';

const BUCKET = 'images';

async function startTestCeph(): Promise<{ server: CephRgw; stop: () => Promise<void> }> {
  // Ceph's sockets lie several folders below, and their paths must be short.
  const dir = await mkdtemp(join(tmpdir(), 'ceph-'));
  const ports = { monV1: await freePort(), monV2: await freePort(), rgw: await freePort() };
  const server = await startCephRgw(dir, { ports, buckets: [BUCKET] });
  const stop = async (): Promise<void> => {
    await stopCephRgw(dir);
    await rm(dir, { recursive: true, force: true });
  };
  return { server, stop };
}

export const open: Open = async (via) => {
  const { server, stop } = await startTestCeph();
  return await openS3Kind(server, BUCKET, via, stop);
};
