// A proxy in front of a server that speaks no HTTP, e.g. sshd: connections that break, stall or carry other bytes.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Duplex, pipeline } from 'node:stream';
import { seededRandom } from './faulty-proxy.ts';

export type TcpFault = {
  name: string;
  /** What is done to the bytes of one connection in one direction once `afterBytes` have passed. */
  act(chunk: Buffer, connection: { cut: () => void }): Promise<Buffer>;
};

export type FaultyTcpProxy = {
  /** `tcp://127.0.0.1:<port>`. */
  url: string;
  /**
   * From now on it hits after a random number of bytes up to `firstWithinBytes`, then again and again up to
   * `withinBytes` later, on whichever connection they come; `atMost` so many times. null: no more.
   */
  set: (plan: TcpPlan | null) => void;
  /** What was hit. */
  log: string[];
  stop: () => Promise<void>;
};

export type TcpPlan = { fault: TcpFault; firstWithinBytes: number; withinBytes: number; atMost: number };

const STALL_MS = 300;

/** The connection is reset. */
export const cutConnection: TcpFault = {
  name: 'cut-connection',
  act: (chunk, { cut }) => {
    cut();
    return Promise.resolve(chunk);
  },
};

/** One bit is another. */
export const flippedByte: TcpFault = {
  name: 'flipped-byte',
  act: (chunk) => {
    const other = Buffer.from(chunk);
    other[chunk.length >> 1] = (other[chunk.length >> 1] as number) ^ 1;
    return Promise.resolve(other);
  },
};

/** Nothing comes for a while. */
export const stalledConnection: TcpFault = {
  name: 'stalled-connection',
  act: async (chunk) => {
    await new Promise((resolve) => {
      setTimeout(resolve, STALL_MS);
    });
    return chunk;
  },
};

export const TCP_FAULTS = [cutConnection, flippedByte, stalledConnection];

/** `server`: `tcp://host:port`. */
export async function startFaultyTcpProxy(server: string, seed: number): Promise<FaultyTcpProxy> {
  const { hostname, port } = new URL(server);
  const random = seededRandom(seed);
  const log: string[] = [];
  const sockets = new Set<Socket>();
  let plan: { fault: TcpFault; withinBytes: number; left: number } | null = null;

  /** Bytes of all connections that pass before the next hit. */
  let untilHit = 0;
  const disturbed = (name: string, cut: () => void): Duplex =>
    Duplex.from(async function* (bytes: AsyncIterable<Buffer>) {
      for await (const chunk of bytes) {
        untilHit -= chunk.length;
        if (plan === null || plan.left <= 0 || untilHit > 0) {
          yield chunk;
          continue;
        }
        plan.left -= 1;
        untilHit = Math.ceil(random() * plan.withinBytes);
        log.push(`${plan.fault.name} ${name}`);
        yield await plan.fault.act(chunk, { cut });
      }
    });

  const proxy = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    const cut = (): void => {
      client.resetAndDestroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const ended = (error: unknown): void => {
      if (error) cut();
    };
    pipeline(client, disturbed('to the server', cut), upstream, ended);
    pipeline(upstream, disturbed('from the server', cut), client, ended);
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `tcp://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    set: (given) => {
      plan = given && { ...given, left: given.atMost };
      untilHit = given === null ? 0 : Math.ceil(random() * given.firstWithinBytes);
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
