// Copies a file within a machine without its bytes coming by: shared where the file system can, holes kept as holes.
// What can take long is copied by a process of its own, which can be ended, and is watched while the copy grows.

import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { TransshipError } from '../../../domain/transship-error.ts';
import { lastLines } from '../../hosts/last-lines.ts';
import type { WriteOptions } from '../storage.ts';
import type { OpenFile } from './plain-path.ts';
import { ifThere } from './directory-walk.ts';

const run = promisify(execFile);
/** Of `stat`'s `blocks`, whatever the file system's own are. */
const BLOCK_BYTES = 512;
/** Above it a copy is worth a process: Node's own cannot be ended. */
const LONG_ABOVE_BYTES = 64 * 1024 * 1024;
const LOOK_INTERVAL_MS = 1000;
const MESSAGE_TAIL_CHARACTERS = 500;

/** `to` must not exist. It may not be on disk afterwards. The file that is open is copied, wherever its path leads by now. */
export async function copyFileContent(
  { handle }: OpenFile,
  to: string,
  { signal, moved }: WriteOptions,
): Promise<void> {
  const { size, blocks } = await handle.stat();
  // Of this process, for those that it starts.
  const from = `/proc/${process.pid}/fd/${handle.fd}`;
  // The kernel's copying writes the zeros of a hole; coreutils look for holes.
  const hasHoles = blocks * BLOCK_BYTES < size;
  if (size <= LONG_ABOVE_BYTES && !hasHoles) {
    await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    return;
  }
  const outgrown = new AbortController();
  const look = watchGrowth(to, size, moved ?? (() => undefined), () => outgrown.abort());
  const watching = setInterval(look, LOOK_INTERVAL_MS);
  const ended = signal ? AbortSignal.any([signal, outgrown.signal]) : outgrown.signal;
  const env = { ...process.env, LC_ALL: 'C' };
  try {
    const argv = ['--reflink=auto', '--sparse=auto', '-T', '--', from, to];
    await run('cp', argv, { env, signal: ended });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (outgrown.signal.aborted)
      throw new TransshipError(
        'StorageUnavailable',
        `the file grew beyond the ${size} bytes that it had when its copying began`,
      );
    throw failure(error as Error & { stderr?: string });
  } finally {
    clearInterval(watching);
  }
}

/** Of a disk that hangs nothing is told, so that the copy is given up. A file that grows as fast as it is copied has no end. */
function watchGrowth(path: string, size: number, moved: () => void, outgrown: () => void): () => void {
  let last = '';
  const look = async (): Promise<void> => {
    const found = await ifThere(stat(path));
    if (found !== undefined && found.size > size) outgrown();
    const now = found === undefined ? '' : `${found.size} ${found.blocks}`;
    if (now !== last) moved();
    last = now;
  };
  return () => void look().catch(() => undefined);
}

function failure(error: Error & { stderr?: string }): Error {
  const why = lastLines(error.stderr ?? '', MESSAGE_TAIL_CHARACTERS);
  if (why === '') return error;
  const denied = /permission denied|operation not permitted|read-only file system/i.test(why);
  return new TransshipError(denied ? 'AccessDenied' : 'StorageUnavailable', why, {}, { cause: error });
}
