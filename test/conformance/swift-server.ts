// A Swift for tests, on free ports, and requests to it past the product.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SwiftStorageEntry } from '../../contracts/inventory.ts';
import type { SwiftFeatures, SwiftPorts } from '../../lab/servers/swift-config.ts';
import { startSwift, stopSwift, swiftAccount, type SwiftServer } from '../../lab/servers/swift.ts';
import { freePort } from '../../lab/free-port.ts';

const CONTAINER = 'images';

export type TestSwift = {
  dir: string;
  swift: SwiftServer;
  ports: SwiftPorts;
  entry: SwiftStorageEntry;
  account(): Promise<{ url: string; token: string }>;
  /** The data stay. */
  stopServers(): Promise<void>;
  restart(features?: SwiftFeatures): Promise<void>;
  stop(): Promise<void>;
};

export async function startTestSwift(features: SwiftFeatures = {}): Promise<TestSwift> {
  const dir = await mkdtemp(join(tmpdir(), 'transship-swift-'));
  const ports = {
    proxy: await freePort(),
    account: await freePort(),
    container: await freePort(),
    object: await freePort(),
    memcached: await freePort(),
  };
  const start = (more: SwiftFeatures): Promise<SwiftServer> =>
    startSwift(dir, { ports, containers: [CONTAINER], ...more });
  const swift = await start(features);
  const entry = swiftEntryOf(swift, CONTAINER);
  return {
    dir,
    swift,
    ports,
    entry,
    account: () => swiftAccount(swift),
    stopServers: () => stopSwift(dir),
    restart: async (more = features) => {
      await stopSwift(dir);
      await start(more);
    },
    stop: async () => {
      await stopSwift(dir);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export const swiftEntryOf = (swift: SwiftServer, container: string): SwiftStorageEntry => ({
  kind: 'swift',
  authurl: swift.authUrl,
  username: swift.username,
  password: { env: 'PASSWORD' },
  container,
  endpointtype: 'public',
  insecureskipverify: false,
  chunksize: 5 * 1024 ** 2,
  prefix: '',
});

/** A request of the lab's own, to a path below the account. */
export async function swiftRequest(
  swift: SwiftServer,
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Buffer | string } = {},
): Promise<Response> {
  const { url, token } = await swiftAccount(swift);
  const answer = await fetch(`${url}/${path}`, {
    method,
    headers: { 'x-auth-token': token, ...options.headers },
    ...(options.body !== undefined && { body: options.body }),
  });
  if (!answer.ok) throw new Error(`Swift answered ${answer.status} to ${method} ${path}`);
  return answer;
}

/** Names in the container, in their order. */
export async function swiftNames(swift: SwiftServer, container: string, prefix = ''): Promise<string[]> {
  const answer = await swiftRequest(swift, 'GET', `${container}?prefix=${encodeURIComponent(prefix)}`);
  return (await answer.text()).split('\n').filter((name) => name !== '');
}

/** Segments that no dynamic large object is made of. */
export async function unusedSegments(swift: SwiftServer, container: string): Promise<string[]> {
  const answer = await swiftRequest(swift, 'GET', `${container}?format=json`);
  const all = (await answer.json()) as { name: string; bytes: number }[];
  const paths: string[] = [];
  for (const { name, bytes } of all) {
    if (bytes > 0) continue;
    const head = await swiftRequest(swift, 'HEAD', `${container}/${encodeURIComponent(name)}`);
    const manifest = head.headers.get('x-object-manifest');
    if (manifest !== null) paths.push(decodeURIComponent(manifest).slice(container.length + 1));
  }
  return all
    .map(({ name }) => name)
    .filter((name) => /(^|\/)segments\//.test(name) && !name.includes('/files/'))
    .filter((name) => !paths.some((path) => name.startsWith(path)));
}
