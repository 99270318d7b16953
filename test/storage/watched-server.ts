// A real server behind a proxy that counts what goes to it and comes from it, and can change one byte on the way.

import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { startFaultyProxy, type Exchange } from '../../lab/faults/faulty-proxy.ts';

export type Seen = {
  method: string;
  url: string;
  headers: Exchange['headers'];
  /** Of the bodies. */
  bytesSent: number;
  bytesAnswered: number;
};

type Wants = (seen: Seen) => boolean;
type Reply = (seen: Seen) => { status: number; body: string };

export type WatchedServer = {
  url: string;
  /** Since `forget`. */
  seen: Seen[];
  forget(): void;
  /** From now on one byte in the middle of these requests' bodies is another one. */
  spoil(wants: Wants): void;
  /** From now on these requests are answered so, and never reach the server. */
  answer(wants: Wants, reply: Reply): void;
  stop(): Promise<void>;
};

export async function watchServer(server: string): Promise<WatchedServer> {
  const proxy = await startFaultyProxy(server, 1);
  const seen: Seen[] = [];
  let spoils: Wants | undefined;
  let answers: { wants: Wants; reply: Reply } | undefined;
  const act = async (exchange: Exchange): Promise<void> => {
    const { method, url, headers } = exchange;
    const body = await buffer(exchange.body);
    const one: Seen = { method, url, headers, bytesSent: body.length, bytesAnswered: 0 };
    seen.push(one);
    if (answers?.wants(one) === true) {
      const reply = answers.reply(one);
      const bytes = Buffer.from(reply.body);
      const said = ['content-type', 'application/xml', 'content-length', String(bytes.length)];
      await exchange.reply({ status: reply.status, headers: said, body: bytes });
      return;
    }
    if (spoils?.(one) === true) body.writeUInt8(body.readUInt8(body.length >> 1) ^ 1, body.length >> 1);
    const answer = await exchange.forward(Readable.from(body.length === 0 ? [] : [body]));
    answer.on('data', (chunk: Buffer) => {
      one.bytesAnswered += chunk.length;
    });
    await exchange.reply({ status: answer.statusCode ?? 502, headers: answer.rawHeaders, body: answer });
  };
  proxy.set({ chance: 1, fault: { name: 'watched', wants: () => true, act } });
  return {
    url: proxy.url,
    seen,
    forget: () => {
      seen.length = 0;
      spoils = undefined;
      answers = undefined;
    },
    spoil: (wants) => {
      spoils = wants;
    },
    answer: (wants, reply) => {
      answers = { wants, reply };
    },
    stop: () => proxy.stop(),
  };
}

/** Bytes of bodies in both directions. */
export const bytesMoved = (seen: Seen[]): number =>
  seen.reduce((sum, one) => sum + one.bytesSent + one.bytesAnswered, 0);
