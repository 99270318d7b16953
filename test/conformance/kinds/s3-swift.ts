// S3 on the s3api of OpenStack Swift.

import type { Open } from './opened.ts';
import { openS3Kind } from './s3-entry.ts';
import { sharedSwift } from './swift.ts';

export const open: Open = async (via) => {
  const { server, own } = await sharedSwift();
  return await openS3Kind(server.s3, own, via);
};
