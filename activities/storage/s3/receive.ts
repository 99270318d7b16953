// One exchange on a pool of connections: the answer's bytes go straight into the stream that the caller gets, and a
// body that ends before or after its announced length is an error, never a short object.

import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Dispatcher, Pool } from 'undici';

export type Received = {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string | undefined>;
  /** To be read or destroyed. */
  body: Readable;
  text(): Promise<string>;
};

/** Bytes that are kept of an answer before the server has to wait. */
const BUFFER_BYTES = 1024 * 1024;

export class TruncatedError extends Error {
  constructor(seen: number, announced: number, options?: ErrorOptions) {
    super(`the answer ended after ${seen} of ${announced} bytes`, options);
    this.name = 'TruncatedAnswer';
  }
}

/** What a range announces counts more than the length of what was made of it on the way. */
function lengthOf(headers: IncomingHttpHeaders): number | undefined {
  const range = /^bytes (\d+)-(\d+)\//.exec(headers['content-range'] ?? '');
  if (range !== null) return Number(range[2]) - Number(range[1]) + 1;
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/**
 * Rejects with the error of the connection, of the body that is sent, or with the reason of `signal`. `translate` gives
 * the error with which the received body is to break.
 */
export async function receive(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal | undefined,
  translate: (error: unknown) => unknown,
): Promise<Received> {
  return await new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let body: Readable | undefined;
    let seen = 0;
    let announced: number | undefined;
    const abort = (): void => {
      const reason = signal?.reason as Error;
      reject(reason);
      controller?.abort(reason);
      body?.destroy(reason);
    };
    const done = (): void => signal?.removeEventListener('abort', abort);
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });

    pool.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        if (signal?.aborted) started.abort(signal.reason as Error);
      },
      onResponseStart(_controller, status, headers) {
        if (status < 200) return;
        if (request.method !== 'HEAD') announced = lengthOf(headers);
        const stream = new Readable({
          highWaterMark: BUFFER_BYTES,
          read: () => {
            if (controller?.paused === true) controller.resume();
          },
          destroy: (error, closed) => {
            if (!stream.readableEnded) controller?.abort(error ?? new Error('the rest is not wanted'));
            done();
            closed(error);
          },
        });
        // Whoever reads it is told as well; until somebody does, a broken connection is no unhandled error.
        stream.on('error', () => undefined);
        body = stream;
        resolve({
          status,
          headers: headers as Record<string, string | undefined>,
          body: stream,
          text: () => text(stream),
        });
      },
      onResponseData(from, chunk) {
        seen += chunk.length;
        if (body?.push(chunk) === false) from.pause();
      },
      onResponseEnd() {
        done();
        if (announced !== undefined && seen !== announced)
          body?.destroy(translate(new TruncatedError(seen, announced)) as Error);
        else body?.push(null);
      },
      onResponseError(_controller, error) {
        done();
        reject(error);
        const broken =
          announced !== undefined && seen < announced
            ? new TruncatedError(seen, announced, { cause: error })
            : error;
        body?.destroy(translate(signal?.aborted ? signal.reason : broken) as Error);
      },
    });
  });
}
