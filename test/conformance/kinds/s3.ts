// S3 on versitygw.

import { startS3 } from '../../../lab/servers/s3.ts';
import { sharedServer } from '../../support/shared-server.ts';
import type { Open } from './opened.ts';
import { openS3Kind } from './s3-entry.ts';

export const open: Open = async (via) => {
  const { server, own } = await sharedServer('versitygw', ['s3'], ({ dir, ports, own: bucket }) =>
    startS3(dir, {
      port: ports.s3,
      accessKey: 'test-access',
      secretKey: 'test-secret',
      buckets: [bucket],
    }),
  );
  return { ...(await openS3Kind(server, own, via)), showsSha256: true };
};
