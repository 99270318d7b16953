// S3 on Ceph's object gateway.

import { startCephRgw } from '../../../lab/servers/ceph-rgw.ts';
import { sharedServer } from '../../support/shared-server.ts';
import type { Open } from './opened.ts';
import { openS3Kind } from './s3-entry.ts';

export const open: Open = async (via) => {
  // Ceph's sockets lie several folders below, and their paths must be short.
  const { server, own } = await sharedServer(
    'ceph',
    ['monV1', 'monV2', 'rgw'],
    ({ dir, ports, own: bucket }) => startCephRgw(dir, { ports, buckets: [bucket] }),
  );
  return await openS3Kind(server, own, via);
};
