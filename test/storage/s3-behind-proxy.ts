// An S3 storage whose requests are seen on their way to a real server, and whose server can be made to lack something
// that it has: compatible servers lack one or another.

import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import {
  passOn,
  startFaultyProxy,
  withoutHeaders,
  type Exchange,
  type FaultyProxy,
} from '../../lab/faults/faulty-proxy.ts';
import { openAt } from '../conformance/kinds/s3-entry.ts';
import { startTestS3 } from '../conformance/servers.ts';

export type Seen = { method: string; url: string; headers: Exchange['headers'] };

/** Answers an exchange in its own way, or leaves it to the server: then undefined. */
export type Lack = (exchange: Exchange) => Promise<void> | undefined;

export type Behind = {
  server: Awaited<ReturnType<typeof startTestS3>>;
  /** Of the proxy. */
  url: string;
  /** As the proxy saw them since `forget`. */
  seen: Seen[];
  forget(): void;
  lack(lack: Lack | null): void;
  /** As if the worker had started anew. */
  open(rootdirectory?: string): Promise<Storage>;
};

/** For the top of a test file: the server and the proxy run as long as its tests. */
export function behindProxy(): Behind {
  const behind = {} as Awaited<ReturnType<typeof startBehindProxy>>;
  beforeAll(async () => void Object.assign(behind, await startBehindProxy()));
  afterAll(() => behind.stop());
  return behind;
}

async function startBehindProxy(): Promise<Behind & { stop(): Promise<void> }> {
  const server = await startTestS3();
  const proxy: FaultyProxy = await startFaultyProxy(server.s3.endpoint, 1);
  const seen: Seen[] = [];
  let lacking: Lack | null = null;
  proxy.set({
    chance: 1,
    fault: {
      name: 'watched',
      wants: () => true,
      act: async (exchange) => {
        const { method, url, headers } = exchange;
        seen.push({ method, url, headers });
        await (lacking?.(exchange) ?? exchange.forward().then((answer) => passOn(exchange, answer)));
      },
    },
  });
  const storages: Storage[] = [];
  return {
    server,
    url: proxy.url,
    seen,
    forget: () => {
      seen.length = 0;
    },
    lack: (lack) => {
      lacking = lack;
    },
    open: async (rootdirectory = '/registry') => {
      const storage = await openAt({ ...server.s3, endpoint: proxy.url }, server.entry.bucket, rootdirectory);
      storages.push(storage);
      return storage;
    },
    stop: async () => {
      for (const storage of storages) await storage.close();
      await proxy.stop();
      await server.stop();
    },
  };
}

/** The server's answer without these headers, e.g. what a server does that knows nothing of checksums. */
export const without =
  (...names: string[]): Lack =>
  async (exchange) => {
    const answer = await exchange.forward();
    await exchange.reply({
      status: answer.statusCode ?? 502,
      headers: withoutHeaders(answer.rawHeaders, names),
      body: answer,
    });
  };

/** The server's answer with another text. */
export const rewritten =
  (change: (text: string) => string): Lack =>
  async (exchange) => {
    const answer = await exchange.forward();
    const body = Buffer.from(change((await buffer(answer)).toString()));
    const headers = [...withoutHeaders(answer.rawHeaders, ['content-length', 'transfer-encoding'])];
    await exchange.reply({
      status: answer.statusCode ?? 502,
      headers: [...headers, 'content-length', String(body.length)],
      body,
    });
  };

export const refused =
  (status: number, code: string): Lack =>
  async (exchange) => {
    await buffer(exchange.body);
    const body = Buffer.from(`<Error><Code>${code}</Code><Message>not here</Message></Error>`);
    await exchange.reply({ status, headers: ['content-length', String(body.length)], body });
  };
