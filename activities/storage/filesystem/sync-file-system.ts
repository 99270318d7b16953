// Brings what was written to disk, for many files at once: a call for each file costs as much as hundreds of them
// together. Whoever asks while it runs shares the next run with all others who do.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Of the file system that holds `path`: resolves when everything written to it before the call is on disk. */
export function fileSystemSync(path: string): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const sync = async (): Promise<void> => {
    await run('sync', ['-f', path]);
  };
  return async () => {
    if (running === undefined) {
      running = sync().finally(() => {
        running = undefined;
      });
      return await running;
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        running = sync().finally(() => {
          running = undefined;
        });
        return running;
      });
    return await next;
  };
}
