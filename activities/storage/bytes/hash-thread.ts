// Hashes streams beside the thread that copies them: in one thread a copy is as slow as reading, hashing and writing
// one after the other. A few threads serve every stream of the process. What is copied to them lies in a fixed piece
// of shared memory, so however many streams there are, memory stays flat: who finds no room waits.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { KnownDigests } from '../storage.ts';

export type Algorithm = keyof KnownDigests;

export type HasherMemory = { memory: SharedArrayBuffer; slotBytes: number };
export type ToHasher =
  | { do: 'update'; stream: number; algorithms: Algorithm[]; slot: number; length: number }
  | { do: 'digest' | 'discard'; stream: number };
export type FromHasher = { stream: number } & ({ slot: number } | { digests: KnownDigests });

export type HashingStream = {
  /** The bytes are copied or kept until they are hashed: they must not change. Wait for it before the next call. */
  update(chunk: Buffer): Promise<void> | undefined;
  digests(): Promise<KnownDigests>;
  /** To be called when no digests will be asked for; not needed after `digests`. */
  discard(): void;
};

/** Below this, a message to another thread costs more than it saves. */
const INLINE_BYTES = 128 * 1024;
const SLOT_BYTES = 256 * 1024;
const SLOTS = 32;
/** The hash is the slowest part of most copies, but the copying threads need their processors too. */
const MAX_THREADS = Math.min(4, availableParallelism());

/** Digests of one stream, of all algorithms in one pass. */
export function hashStream(algorithms: Algorithm[]): HashingStream {
  let held: Buffer[] = [];
  let bytes = 0;
  let thread: HashThread | undefined;
  const stream: Stream = { id: nextStream++, algorithms, ended: algorithms.length === 0 };
  const end = (): void => {
    held = [];
    if (stream.ended) return;
    stream.ended = true;
    if (thread !== undefined) thread.streams -= 1;
  };
  const updateAll = async (to: HashThread, chunks: Buffer[]): Promise<void> => {
    for (const chunk of chunks) await to.update(stream, chunk);
  };
  return {
    update(chunk) {
      if (stream.ended) return undefined;
      if (thread !== undefined) return thread.update(stream, chunk);
      bytes += chunk.length;
      held.push(chunk);
      if (bytes <= INLINE_BYTES) return undefined;
      thread = leastBusyThread();
      thread.streams += 1;
      return updateAll(thread, held.splice(0));
    },
    async digests() {
      try {
        return thread === undefined ? hashHere(algorithms, held) : await thread.digests(stream);
      } finally {
        end();
      }
    },
    discard() {
      if (!stream.ended) thread?.discard(stream);
      end();
    },
  };
}

function hashHere(algorithms: Algorithm[], chunks: Buffer[]): KnownDigests {
  const digests: KnownDigests = {};
  for (const algorithm of algorithms) {
    const hash = createHash(algorithm);
    for (const chunk of chunks) hash.update(chunk);
    digests[algorithm] = hash.digest('hex');
  }
  return digests;
}

type Stream = { id: number; algorithms: Algorithm[]; ended: boolean };

type HashThread = {
  /** That have not ended. */
  streams: number;
  update(stream: Stream, chunk: Buffer): Promise<void> | undefined;
  digests(stream: Stream): Promise<KnownDigests>;
  discard(stream: Stream): void;
};

let nextStream = 1;
const threads = new Set<HashThread>();

/** Another thread is started when all have a stream. */
function leastBusyThread(): HashThread {
  let found: HashThread | undefined;
  for (const thread of threads) {
    if (found === undefined || thread.streams < found.streams) found = thread;
  }
  if (found !== undefined && (found.streams === 0 || threads.size >= MAX_THREADS)) return found;
  return startThread();
}

function startThread(): HashThread {
  const memory = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  const worker = new Worker(new URL('./hash-worker.ts', import.meta.url), {
    name: 'transship-hash',
    workerData: { memory, slotBytes: SLOT_BYTES } satisfies HasherMemory,
    execArgv: [],
  });
  const free = Array.from({ length: SLOTS }, (_, slot) => slot);
  const waiting: { resolve: (slot: number) => void; reject: (error: Error) => void }[] = [];
  const asked = new Map<number, { resolve: (found: KnownDigests) => void; reject: (error: Error) => void }>();
  let unanswered = 0;
  let failure: Error | undefined;

  // A thread keeps the process alive only while somebody waits for it.
  worker.unref();
  const post = (message: ToHasher): void => {
    if (message.do !== 'discard' && unanswered++ === 0) worker.ref();
    worker.postMessage(message);
  };
  const release = (slot: number): void => {
    const next = waiting.shift();
    if (next === undefined) free.push(slot);
    else next.resolve(slot);
  };
  worker.on('message', (message: FromHasher) => {
    unanswered -= 1;
    if (unanswered === 0) worker.unref();
    if ('slot' in message) release(message.slot);
    else {
      asked.get(message.stream)?.resolve(message.digests);
      asked.delete(message.stream);
    }
  });
  const fail = (error: Error): void => {
    failure ??= error;
    threads.delete(thread);
    for (const { reject } of [...waiting.splice(0), ...asked.values()]) reject(failure);
    asked.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(new Error('a hashing thread ended')));

  const takeSlot = async (): Promise<number> =>
    free.pop() ?? (await new Promise<number>((resolve, reject) => waiting.push({ resolve, reject })));

  const thread: HashThread = {
    streams: 0,
    update(stream, chunk) {
      let start = 0;
      const put = (slot: number): void => {
        const part = chunk.subarray(start, start + SLOT_BYTES);
        new Uint8Array(memory, slot * SLOT_BYTES, part.length).set(part);
        post({ do: 'update', stream: stream.id, algorithms: stream.algorithms, slot, length: part.length });
        start += part.length;
      };
      const putRest = async (): Promise<void> => {
        while (start < chunk.length) {
          if (failure !== undefined) throw failure;
          const slot = await takeSlot();
          if (stream.ended) {
            release(slot);
            return;
          }
          put(slot);
        }
      };
      while (start < chunk.length && failure === undefined && free.length > 0) put(free.pop() as number);
      return start < chunk.length ? putRest() : undefined;
    },
    async digests({ id }) {
      if (failure !== undefined) throw failure;
      return await new Promise((resolve, reject) => {
        asked.set(id, { resolve, reject });
        post({ do: 'digest', stream: id });
      });
    },
    discard: ({ id }) => post({ do: 'discard', stream: id }),
  };
  threads.add(thread);
  return thread;
}
