// Lists a directory tree in byte order of the whole path, in a thread of its own: calls that wait for each file are ten
// times as fast as promises of them, and a file system that hangs must not hold up the worker. The thread is asked for
// a batch at a time, so that memory stays flat however slowly the listing is read. One that has come to the end of a tree
// walks the next one, because starting a thread takes longer than most listings.

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
/** `more`: the next batch of the walk that was begun. */
export type WalkRequest = Walk | 'more';
export type WalkAnswer = WalkBatch | { error: { message: string; code?: string; syscall?: string } };

/** Most of what the thread makes is garbage at once; by itself it would take ten times as much before it looks. */
const YOUNG_OBJECTS_MB = 4;
const MOST_IDLE = 4;
const idle: Worker[] = [];

/**
 * What lies below `root`: files, and with a flaw whatever is neither file nor folder. Links are not followed. What
 * vanishes meanwhile is left out. An error with code `UNSAFE_NAME` for a name that is no UTF-8.
 */
export async function* walkDirectory(
  walk: Walk,
  signal?: AbortSignal,
): AsyncGenerator<StoredObject, void, undefined> {
  signal?.throwIfAborted();
  const worker = idle.pop() ?? startThread();
  worker.ref();
  const ask = (request: WalkRequest): void => worker.postMessage(request);
  let isAtItsEnd = false;
  const answers: WalkAnswer[] = [];
  let wake: (() => void) | undefined;
  const answer = (found: WalkAnswer): void => {
    answers.push(found);
    wake?.();
  };
  const hear = (found: WalkAnswer): void => {
    isAtItsEnd = 'error' in found || found.last;
    answer(found);
  };
  const fail = (error: Error): void => answer({ error: { message: error.message } });
  const end = (): void => answer({ error: { message: 'the listing thread ended' } });
  worker.on('message', hear).on('error', fail).on('exit', end);
  ask(walk);
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
      if (!batch.last) ask('more');
      for (const [at, key] of batch.keys.entries()) {
        const flaw = batch.flaws[at];
        yield { key, size: batch.sizes[at] as number, ...(flaw !== undefined && { flaw }) };
      }
      if (batch.last) return;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    worker.off('message', hear).off('error', fail).off('exit', end);
    if (isAtItsEnd && idle.length < MOST_IDLE) {
      worker.unref();
      idle.push(worker);
    } else void worker.terminate();
  }
}

function startThread(): Worker {
  const worker = new Worker(new URL('./walk-worker.ts', import.meta.url), {
    name: 'transship-walk',
    execArgv: [],
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_OBJECTS_MB },
  });
  // Whoever walks with it hears of both, too
  worker.on('error', () => undefined);
  worker.on('exit', () => {
    const at = idle.indexOf(worker);
    if (at !== -1) idle.splice(at, 1);
  });
  return worker;
}

export async function ifThere<T>(found: Promise<T>): Promise<T | undefined> {
  return await found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}
