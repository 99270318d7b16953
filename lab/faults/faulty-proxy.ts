// A proxy in front of a storage's HTTP server that does to requests and answers what networks, load balancers and
// overloaded servers do. Which requests are hit depends on the seed alone, and each hit is in the log. A request that
// no fault hits passes unchanged, with its Host header, so that signatures hold.

import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** One request on its way, and what a fault can do with it. */
export type Exchange = {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage['headers'];
  body: Readable;
  /** Sends the request to the server, with this body if it is given, and waits for the head of its answer. */
  forward: (body?: Readable) => Promise<IncomingMessage>;
  /** Answers the client. Names and values of headers take turns, as in `rawHeaders`. */
  reply: (answer: Answer) => Promise<void>;
  /** Ends the client's connection at once. */
  cut: () => void;
};

export type Answer = { status: number; headers: string[]; body: Readable | Buffer };

export type Fault = {
  name: string;
  wants(exchange: Exchange): boolean;
  act(exchange: Exchange): Promise<void>;
};

export type FaultyProxy = {
  url: string;
  /**
   * From now on this fault hits the next request that it wants, and then each with this probability, `atMost` so many
   * of them. null: no request is hit.
   */
  set(plan: { fault: Fault; chance: number; atMost?: number } | null): void;
  /** What was hit, e.g. `cut-in-answer GET /bucket/key`. */
  log: string[];
  stop(): Promise<void>;
};

/** `server`: the server's URL. */
export async function startFaultyProxy(server: string, seed: number): Promise<FaultyProxy> {
  const target = new URL(server);
  const random = seededRandom(seed);
  const log: string[] = [];
  let plan: { fault: Fault; chance: number; left: number; began: boolean } | null = null;

  const serve = async (exchange: Exchange): Promise<void> => {
    const wanted = plan !== null && plan.left > 0 && plan.fault.wants(exchange);
    if (plan === null || !wanted || (plan.began && random() >= plan.chance)) {
      await passOn(exchange, await exchange.forward());
      return;
    }
    plan.began = true;
    plan.left -= 1;
    log.push(`${plan.fault.name} ${exchange.method} ${exchange.url}`);
    await plan.fault.act(exchange);
  };

  const proxy = createServer((request, response) => {
    const exchange = exchangeOf(target, request, response);
    // Whatever breaks behind the proxy is a broken connection before it.
    serve(exchange).catch(() => exchange.cut());
  });
  const sockets = new Set<Socket>();
  proxy.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${target.pathname === '/' ? '' : target.pathname}`,
    set: (given) => {
      plan = given && { ...given, left: given.atMost ?? Number.POSITIVE_INFINITY, began: false };
    },
    log,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        proxy.close(resolve);
      });
    },
  };
}

/** The server's answer as it is. */
export async function passOn(exchange: Exchange, answer: IncomingMessage): Promise<void> {
  await exchange.reply({ status: answer.statusCode ?? 502, headers: answer.rawHeaders, body: answer });
}

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function exchangeOf(target: URL, request: IncomingMessage, response: ServerResponse): Exchange {
  const { method = 'GET', url = '/', socket } = request;
  return {
    method,
    url,
    headers: request.headers,
    body: request,
    forward: (body = request) =>
      new Promise((resolve, reject) => {
        const onward = send({
          host: target.hostname,
          port: target.port,
          method,
          path: url,
          // The proxy answers `Expect: 100-continue` itself.
          headers: withoutHeaders(request.rawHeaders, ['expect', 'connection']),
          agent: false,
        });
        onward.on('response', resolve).on('error', reject);
        response.on('close', () => {
          if (!response.writableFinished) onward.destroy();
        });
        pipeline(body, onward).catch(reject);
      }),
    reply: async ({ status, headers, body }) => {
      response.sendDate = false;
      response.writeHead(status, withoutHeaders(headers, ['connection', 'keep-alive']));
      response.flushHeaders();
      if (Buffer.isBuffer(body)) response.end(body);
      else await pipeline(body, response);
    },
    cut: () => socket.destroy(),
  };
}

export function withoutHeaders(raw: string[], names: string[]): string[] {
  return raw.filter((_, n) => !names.includes((raw[n - (n % 2)] as string).toLowerCase()));
}
