// Where links of a directory really lead, looked up and not opened.

import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Led } from '../accepted-links.ts';
import { requireDirectory } from './directory-files.ts';
import { ifThere, walkDirectory } from './directory-walk.ts';

/** In the order of the keys. */
export async function followLinks(root: string, keys: string[]): Promise<Led[]> {
  await requireDirectory(root);
  return await Promise.all(
    keys.map(async (key) => {
      const path = join(root, key);
      const found = await ifThere(lstat(path));
      if (found?.isSymbolicLink() === false) return 'no link';
      const to = await ifThere(realpath(path));
      const target = to === undefined ? undefined : await ifThere(stat(to));
      if (to === undefined || target === undefined) return 'nothing there';
      if (!target.isDirectory()) return { to, is: 'file' };
      return { to, is: (await holdsAny(to)) ? 'folder' : 'emptyFolder' };
    }),
  );
}

async function holdsAny(root: string): Promise<boolean> {
  for await (const _ of walkDirectory({ root, prefix: '', after: '', leaveOut: '' })) return true;
  return false;
}
