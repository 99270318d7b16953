// The lab's OpenStack Swift: Debian's own servers on one device, reached with tempauth (and Keystone, where one is
// given), and with S3's protocol through its s3api filter.

import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, stopProcess } from '../process.ts';
import { runLines } from '../run-lines.ts';
import { SWIFT_USER, swiftConfig, type SwiftFeatures, type SwiftPorts } from './swift-config.ts';

export type SwiftOptions = SwiftFeatures & { ports: SwiftPorts; containers: string[] };

export type SwiftServer = {
  url: string;
  /** Tempauth, version 1. */
  authUrl: string;
  username: string;
  password: string;
  /** The same account through S3's protocol; a container is a bucket. */
  s3: { endpoint: string; region: string; accessKey: string; secretKey: string };
};

const HOST = '127.0.0.1';
/** Debian's own, which Debian's packages are installed for; another one may come first on PATH. */
const PYTHON = '/usr/bin/python3';
const MEMCACHED_MEGABYTES = 32;
const BACKENDS = ['account', 'container', 'object'] as const;
const LAUNCHER = fileURLToPath(new URL('swift-server.py', import.meta.url));
const PROCESSES = ['swift-proxy', 'swift-object', 'swift-container', 'swift-account', 'swift-memcached'];

/** Starts it under `<dir>/swift` unless it runs, and makes the containers. */
export async function startSwift(dir: string, options: SwiftOptions): Promise<SwiftServer> {
  const { ports } = options;
  const folder = join(dir, 'swift', 'conf');
  const devices = join(dir, 'swift', 'node');
  await mkdir(folder, { recursive: true });
  await mkdir(join(devices, 'd1'), { recursive: true });
  for (const [name, content] of Object.entries(swiftConfig(folder, devices, ports, options))) {
    await writeFile(join(folder, name), content, { mode: 0o600 });
  }
  await runLines(PYTHON, [
    LAUNCHER,
    'rings',
    folder,
    HOST,
    ...BACKENDS.map((name) => `${name}:${ports[name]}`),
  ]);

  const memory = ['-l', HOST, '-p', String(ports.memcached), '-m', String(MEMCACHED_MEGABYTES)];
  await Promise.all([
    startProcess(dir, {
      name: 'swift-memcached',
      command: 'memcached',
      args: ['-u', userInfo().username, ...memory],
      ready: () => accepts(ports.memcached),
    }),
    ...[...BACKENDS, 'proxy' as const].map((name) =>
      startProcess(dir, {
        name: `swift-${name}`,
        command: PYTHON,
        args: [LAUNCHER, 'serve', folder, name],
        ready: () => accepts(ports[name]),
      }),
    ),
  ]);

  const url = `http://${HOST}:${ports.proxy}`;
  const server: SwiftServer = {
    url,
    authUrl: `${url}/auth/v1.0`,
    ...SWIFT_USER,
    s3: {
      endpoint: url,
      region: 'us-east-1',
      accessKey: SWIFT_USER.username,
      secretKey: SWIFT_USER.password,
    },
  };
  for (const container of options.containers) await makeContainer(server, container);
  return server;
}

/** Ends all of its processes; what is stored stays. */
export async function stopSwift(dir: string): Promise<void> {
  for (const name of PROCESSES) await stopProcess(dir, name);
}

/** Account URL and token of tempauth, for requests that tests make past the product. */
export async function swiftAccount(server: SwiftServer): Promise<{ url: string; token: string }> {
  const answer = await fetch(server.authUrl, {
    headers: { 'x-auth-user': server.username, 'x-auth-key': server.password },
  });
  const url = answer.headers.get('x-storage-url');
  const token = answer.headers.get('x-auth-token');
  if (url === null || token === null)
    throw new Error(`Swift answered ${answer.status} to the lab's own user`);
  return { url, token };
}

async function makeContainer(server: SwiftServer, container: string): Promise<void> {
  const { url, token } = await swiftAccount(server);
  const answer = await fetch(`${url}/${encodeURIComponent(container)}`, {
    method: 'PUT',
    headers: { 'x-auth-token': token },
  });
  if (!answer.ok) throw new Error(`Swift answered ${answer.status} to making the container ${container}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
