// S3 on versitygw.

import { startTestS3 } from '../servers.ts';
import type { Open } from './opened.ts';
import { openS3Kind } from './s3-entry.ts';

export const open: Open = async (via) => {
  const servers = await startTestS3();
  const opened = await openS3Kind(servers.s3, servers.entry.bucket, via, () => servers.stop());
  return { ...opened, showsSha256: true };
};
