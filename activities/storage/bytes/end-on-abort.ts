// A stream that ends with its operation, and with the reason for which that was ended.

import type { Duplex, Readable } from 'node:stream';

/** The same stream. */
export function endOnAbort<T extends Readable | Duplex>(stream: T, signal: AbortSignal | undefined): T {
  if (signal === undefined) return stream;
  // Whoever reads the stream is told as well.
  stream.on('error', () => undefined);
  const end = (): void => {
    stream.destroy(signal.reason as Error);
  };
  if (signal.aborted) end();
  else {
    signal.addEventListener('abort', end, { once: true });
    stream.once('close', () => signal.removeEventListener('abort', end));
  }
  return stream;
}
