// Empty destinations for the next run: a prefix of the bucket or a folder that nobody has written to.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3StorageEntry } from '../contracts/inventory.ts';
import type { BenchContext } from './bench.ts';

export type Place = { bucket: S3StorageEntry; rclone: string; s5cmd: string; folder: string };

/** A prefix of the bench's bucket, as each tool names it; `folder` is where the server keeps it. */
export function prefixOf({ s3 }: BenchContext, prefix: string): Place {
  const at = `${s3.entry.bucket}/${prefix}`;
  return {
    bucket: { ...s3.entry, rootdirectory: prefix },
    rclone: `s3:${at}`,
    s5cmd: `s3://${at}/`,
    folder: join(s3.folder, prefix),
  };
}

export async function emptied(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

export async function gone(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
