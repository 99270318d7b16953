// The lab's S3 server: versitygw over a plain folder, so that every object can also be looked at as a file. It checks
// the SHA-256 that comes with a PUT, which the product's strongest proof needs.

import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { startProcess } from '../process.ts';

const READY_PROBE_TIMEOUT_MS = 1000;

export type S3ServerOptions = {
  /** Of its process and of its folder; default `s3`. */
  name?: string;
  port: number;
  accessKey: string;
  secretKey: string;
  buckets: string[];
  /** Users who may do what a bucket's policy says and nothing else; without any there is only the one of the keys above. */
  users?: { accessKey: string; secretKey: string }[];
  /** Program to run; default: the variable VERSITYGW_PATH, else `versitygw` on PATH. */
  versitygw?: string;
  /** PEM files: the server speaks HTTPS. */
  tls?: { certificate: string; key: string };
};

export type S3Server = {
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
  /** Folder of each bucket on this machine; an object's key is its path below. */
  folders: Record<string, string>;
};

const REGION = 'us-east-1';
export const S3_PROCESS = 's3';

/** Starts the server under `<dir>/<name>` unless it runs, and makes the buckets. */
export async function startS3(dir: string, options: S3ServerOptions): Promise<S3Server> {
  const { name = S3_PROCESS } = options;
  const root = join(dir, name);
  const folders: Record<string, string> = {};
  await mkdir(root, { recursive: true });
  for (const bucket of options.buckets) {
    // versitygw takes every folder under its root for a bucket.
    await mkdir(join(root, bucket), { recursive: true });
    folders[bucket] = join(root, bucket);
  }
  const { tls, users = [] } = options;
  const accounts = join(dir, 's3-users');
  if (users.length > 0) await writeUsers(accounts, users);
  const endpoint = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${options.port}`;
  await startProcess(dir, {
    name,
    command: options.versitygw ?? process.env['VERSITYGW_PATH'] ?? 'versitygw',
    args: [
      ...['--quiet', '--keep-alive', '--port', `127.0.0.1:${options.port}`],
      ...(tls === undefined ? [] : ['--cert', tls.certificate, '--key', tls.key]),
      ...(users.length === 0 ? [] : ['--iam-dir', accounts]),
      ...['posix', root],
    ],
    // The keys go by environment: arguments can be read by everybody on the machine.
    env: {
      PATH: process.env['PATH'],
      HOME: dir,
      ROOT_ACCESS_KEY: options.accessKey,
      ROOT_SECRET_KEY: options.secretKey,
      VGW_REGION: REGION,
    },
    ready: () => (tls === undefined ? answers(endpoint) : accepts(options.port)),
  });
  return { endpoint, region: REGION, accessKey: options.accessKey, secretKey: options.secretKey, folders };
}

/** The file in which versitygw itself keeps them. */
async function writeUsers(folder: string, users: { accessKey: string; secretKey: string }[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const accessAccounts = Object.fromEntries(
    users.map(({ accessKey, secretKey }) => [
      accessKey,
      { access: accessKey, secret: secretKey, role: 'user', userID: 0, groupID: 0, projectID: 0 },
    ]),
  );
  await writeFile(join(folder, 'users.json'), JSON.stringify({ accessAccounts }), { mode: 0o600 });
}

/** An unsigned request is refused with 403, which only a running server does. */
async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(endpoint, { signal: AbortSignal.timeout(READY_PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  return response.status === 403 || response.ok;
}

/** Over HTTPS a connection must do: whom to trust is the client's business. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
