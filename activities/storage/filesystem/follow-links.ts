// Where links of a directory really lead, looked up and not opened.

import { lstat, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Led } from '../accepted-links.ts';
import { ifThere } from './directory-walk.ts';

/** Fails where a link leads to what is not there, or the directory is not. */
export async function followLinks(root: string, keys: string[]): Promise<Led[]> {
  await stat(root);
  return await Promise.all(
    keys.map(async (key) => {
      const path = join(root, key);
      const found = await ifThere(lstat(path));
      if (!found?.isSymbolicLink()) return undefined;
      const to = await realpath(path);
      return { to, isFolder: (await stat(to)).isDirectory() };
    }),
  );
}
