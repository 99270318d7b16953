// The thread that hashes what hash-thread.ts lays before it. It shares memory with the copying thread: a message names
// a slot of it, and the answer says that the slot may be filled again.

/* oxlint-disable unicorn/require-post-message-target-origin -- only windows have origins, threads have none */

import { createHash, type Hash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { ToHasher, FromHasher, HasherMemory } from './hash-thread.ts';

const { memory, slotBytes } = workerData as HasherMemory;
const streams = new Map<number, Map<string, Hash>>();

parentPort?.on('message', (message: ToHasher) => {
  const { stream } = message;
  let hashes = streams.get(stream);
  if (hashes === undefined) {
    hashes = new Map();
    streams.set(stream, hashes);
  }
  switch (message.do) {
    case 'update': {
      for (const algorithm of message.algorithms) {
        if (!hashes.has(algorithm)) hashes.set(algorithm, createHash(algorithm));
      }
      const bytes = new Uint8Array(memory, message.slot * slotBytes, message.length);
      for (const hash of hashes.values()) hash.update(bytes);
      answer({ stream, slot: message.slot });
      return;
    }
    case 'digest': {
      const digests = [...hashes].map(([algorithm, hash]) => [algorithm, hash.digest('hex')]);
      answer({ stream, digests: Object.fromEntries(digests) as Record<string, string> });
      streams.delete(stream);
      return;
    }
    case 'discard':
      streams.delete(stream);
  }
});

function answer(message: FromHasher): void {
  parentPort?.postMessage(message);
}
