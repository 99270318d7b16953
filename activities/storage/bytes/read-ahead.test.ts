// Objects asked for ahead: none of them may end the worker when nobody wants it any more.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

const LARGE_BYTES = 5 * 1024 * 1024;

const uncaught: unknown[] = [];
const catches = (error: unknown): void => {
  uncaught.push(error);
};
let others: ((error: Error) => void)[] = [];
beforeEach(() => {
  uncaught.length = 0;
  others = process.listeners('uncaughtException') as typeof others;
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', catches);
});
afterEach(() => {
  process.removeListener('uncaughtException', catches);
  for (const other of others) process.on('uncaughtException', other);
});

/** Breaks with the reason of the signal, as the body of a request does. */
const brokenBy = (signal: AbortSignal): Readable => {
  const body = new Readable({ read: () => undefined });
  signal.addEventListener('abort', () => body.destroy(signal.reason as Error));
  return body;
};

it('ends large bodies that nobody takes, and nothing else', async () => {
  const bodies: Readable[] = [];
  const open = (key: string, signal: AbortSignal): Promise<{ body: Readable; size: number }> => {
    if (key === 'small') return Promise.resolve({ body: Readable.from([Buffer.from('x')]), size: 1 });
    const body = brokenBy(signal);
    bodies.push(body);
    return Promise.resolve({ body, size: LARGE_BYTES });
  };
  for await (const { key, size, body } of readAhead(['small', 'a', 'b', 'c'], open, undefined)) {
    expect({ key, size, text: (await buffer(body)).toString() }).toEqual({
      key: 'small',
      size: 1,
      text: 'x',
    });
    break;
  }
  await turn();
  expect(bodies.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
  expect(uncaught).toEqual([]);
});
