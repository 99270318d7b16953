// A directory that the worker sees.

import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilesystemStorage } from '../../../activities/storage/filesystem/filesystem.ts';
import { STAGING_FOLDER } from '../../../activities/storage/staging.ts';
import type { Open } from './opened.ts';

export const open: Open = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'transship-fs-'));
  const root = join(folder, 'root');
  await mkdir(root);
  return {
    storage: openFilesystemStorage(root),
    beside: async () => {
      const other = join(folder, 'other');
      await mkdir(other, { recursive: true });
      return openFilesystemStorage(other);
    },
    driver: { filesystem: { rootdirectory: root } },
    remains: () => readdir(join(root, STAGING_FOLDER)).catch(() => []),
    stop: () => rm(folder, { recursive: true }),
  };
};
