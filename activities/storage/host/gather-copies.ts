// Copies on a host that are asked for one by one are made many at once: a command over SSH costs as much as copying
// dozens of small objects. While one command runs, the next one's objects gather.

import type { BatchItem, BatchOutcome } from './host-batch.ts';
import type { WriteOptions } from '../storage.ts';

const MAX_OBJECTS = 500;
/** An object of so many bytes has a command of its own. */
const LARGE_BYTES = 32 * 1024 * 1024;

type CopyBatch = (from: string, items: BatchItem[], options: WriteOptions) => Promise<BatchOutcome[]>;
type Waiting = {
  item: BatchItem;
  options: WriteOptions;
  resolve: (outcome: BatchOutcome) => void;
  reject: (error: unknown) => void;
};

/** `from` is the source's folder. A signal aborts the copies that were begun with that very signal. */
export function gatherCopies(
  copyBatch: CopyBatch,
): (from: string, item: BatchItem, options: WriteOptions) => Promise<BatchOutcome> {
  const queues = new Map<string, Map<AbortSignal | undefined, Waiting[]>>();

  const work = async (from: string, signal: AbortSignal | undefined, queue: Waiting[]): Promise<void> => {
    // Whoever asks in the same turn comes along.
    await new Promise(setImmediate);
    while (queue.length > 0) {
      const taken = queue.splice(0, MAX_OBJECTS);
      const moved = (): void => {
        for (const { options } of taken) options.moved?.();
      };
      const items = taken.map(({ item }) => item);
      try {
        // All of a queue are of one work list
        const { lease } = taken[0]!.options;
        const outcomes = await copyBatch(from, items, {
          ...(signal && { signal }),
          ...(lease && { lease }),
          moved,
        });
        for (const [at, { resolve }] of taken.entries()) resolve(outcomes[at] as BatchOutcome);
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    queues.get(from)?.delete(signal);
  };

  return async (from, item, options) => {
    options.signal?.throwIfAborted();
    if (item.size >= LARGE_BYTES) return (await copyBatch(from, [item], options))[0] as BatchOutcome;
    const bySignal = queues.get(from) ?? new Map<AbortSignal | undefined, Waiting[]>();
    queues.set(from, bySignal);
    return await new Promise((resolve, reject) => {
      const queue = bySignal.get(options.signal);
      if (queue !== undefined) {
        queue.push({ item, options, resolve, reject });
        return;
      }
      const begun = [{ item, options, resolve, reject }];
      bySignal.set(options.signal, begun);
      void work(from, options.signal, begun);
    });
  };
}
