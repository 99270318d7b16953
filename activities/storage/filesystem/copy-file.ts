// Copies a file within a machine without its bytes coming by: shared where the file system can, holes kept as holes.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Of `stat`'s `blocks`, whatever the file system's own are. */
const BLOCK_BYTES = 512;

/** `to` must not exist. It may not be on disk afterwards. */
export async function copyFileContent(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const { size, blocks } = await stat(from);
  if (blocks * BLOCK_BYTES >= size) {
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    return;
  }
  // The kernel's copying writes the zeros of a hole; coreutils look for holes.
  const argv = ['--reflink=auto', '--sparse=auto', '-T', '--', from, to];
  await run('cp', argv, signal === undefined ? {} : { signal });
}
