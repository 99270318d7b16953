// Lists a directory tree in byte order of the whole path, in a thread of its own: calls that wait for each file are ten
// times as fast as promises of them, and a file system that hangs must not hold up the worker. The thread is asked for
// a batch at a time, so that memory stays flat however slowly the listing is read.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { Worker } from 'node:worker_threads';
import type { StoredObject } from '../storage.ts';

export type Walk = {
  root: string;
  prefix: string;
  after: string;
  /** A name at the top that is not listed. */
  leaveOut: string;
};

/** Keys and sizes side by side, because that passes between threads at a fraction of the cost of objects. */
export type WalkBatch = {
  keys: string[];
  sizes: number[];
  /** By the place of the key. There are few. */
  flaws: Record<number, string>;
  last: boolean;
};
export type WalkAnswer = WalkBatch | { error: { message: string; code?: string; syscall?: string } };

/** Most of what the thread makes is garbage at once; by itself it would take ten times as much before it looks. */
const YOUNG_OBJECTS_MB = 4;

/**
 * What lies below `root`: files, and with a flaw whatever is neither file nor folder. Links are not followed. What
 * vanishes meanwhile is left out. An error with code `UNSAFE_NAME` for a name that is no UTF-8.
 */
export async function* walkDirectory(
  walk: Walk,
  signal?: AbortSignal,
): AsyncGenerator<StoredObject, void, undefined> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL('./walk-worker.ts', import.meta.url), {
    name: 'transship-walk',
    workerData: walk,
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_OBJECTS_MB },
  });
  const answers: WalkAnswer[] = [];
  let wake: (() => void) | undefined;
  const answer = (found: WalkAnswer): void => {
    answers.push(found);
    wake?.();
  };
  worker.on('message', answer);
  worker.on('error', (error: Error) => answer({ error: { message: error.message } }));
  worker.on('exit', () => answer({ error: { message: 'the listing thread ended' } }));
  const abort = (): void => wake?.();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      while (answers.length === 0) {
        signal?.throwIfAborted();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      signal?.throwIfAborted();
      const batch = answers.shift() as WalkAnswer;
      if ('error' in batch) throw Object.assign(new Error(batch.error.message), batch.error);
      // The next batch is made while this one is read.
      if (!batch.last) worker.postMessage('more');
      for (const [at, key] of batch.keys.entries()) {
        const flaw = batch.flaws[at];
        yield { key, size: batch.sizes[at] as number, ...(flaw !== undefined && { flaw }) };
      }
      if (batch.last) return;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    void worker.terminate();
  }
}

export async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  return await found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
