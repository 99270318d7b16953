// A stand-in DTR in a folder of its own, for the tests of the stand-in: certificate, configuration, the hosts' `docker`
// command, and small clients for its API and its registry.

import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Agent, request as undiciRequest } from 'undici';
import { freePort } from '../../lab/free-port.ts';
import type { StandInConfig } from '../../lab/stand-ins/dtr/cluster.ts';
import { writeDockerCommand } from '../../lab/stand-ins/dtr/docker-command.ts';
import { listProcesses, stopProcess } from '../../lab/process.ts';

const run = promisify(execFile);
const PASSWORD = 'admin-password';
export const REPLICAS = ['00000000000a', '00000000000b', '00000000000c'] as const;

export type Result = { status: number; stdout: Buffer; stderr: string };
export type Answer = { status: number; headers: Record<string, string | string[] | undefined>; body: Buffer };

/** The certificate and its key, PEM, which are also written to these files. */
export async function selfSigned(
  dir: string,
  [cert, key]: [string, string],
): Promise<{ certificate: string; key: string }> {
  const files = { certificate: join(dir, cert), key: join(dir, key) };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = 'subjectAltName=IP:127.0.0.2,IP:127.0.0.3,IP:127.0.0.4';
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-subj', '/CN=stand-in', '-addext', names],
    ...['-keyout', files.key, '-out', files.certificate],
  ]);
  return { certificate: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') };
}

export type StandIn = Awaited<ReturnType<typeof openStandIn>>;

export async function openStandIn(changes: Partial<StandInConfig> = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'transship-dtr-'));
  await mkdir(join(dir, 'dtr'));
  await selfSigned(dir, ['cert.pem', 'key.pem']);
  await writeFile(join(dir, 'password'), `${PASSWORD}\n`);
  const nodes = await Promise.all(
    ['127.0.0.2', '127.0.0.3', '127.0.0.4'].map(async (address, at) => ({
      name: `node${at + 1}`,
      address,
      httpsPort: await freePort(address),
    })),
  );
  const config: StandInConfig = {
    version: '2.7.9',
    image: 'docker/dtr',
    caFile: join(dir, 'cert.pem'),
    certFile: join(dir, 'cert.pem'),
    keyFile: join(dir, 'key.pem'),
    adminUser: 'admin',
    adminPasswordFile: join(dir, 'password'),
    ucpUrl: 'https://ucp.lab:443',
    ucpUser: 'ucp-admin',
    ucpPasswordFile: join(dir, 'password'),
    externalUrl: `https://127.0.0.2:${nodes[0]?.httpsPort}`,
    nodes,
    hostsDir: join(dir, 'hosts'),
    processDir: dir,
    ...changes,
    timings: {
      commandMs: 10,
      settingsDelayMs: 100,
      jobClaimMs: 50,
      gcGraceMs: 0,
      gcOrphanGraceMs: 0,
      ...changes.timings,
    },
  };
  await writeFile(join(dir, 'dtr', 'lab.json'), JSON.stringify(config));
  for (const node of nodes) await writeDockerCommand(config, node.name);
  const agent = new Agent({ connect: { ca: readFileSync(config.caFile) } });

  const docker = (
    node: number,
    args: string[],
    stdin?: Buffer,
    env: Record<string, string> = {},
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      const child = spawn(join(config.hostsDir, `node${node}`, 'bin', 'docker'), args, {
        env: { PATH: process.env['PATH'], ...env },
      });
      const stdout: Buffer[] = [];
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
      child.once('error', reject);
      child.once('close', (status) =>
        resolve({ status: status ?? 1, stdout: Buffer.concat(stdout), stderr }),
      );
      child.stdin.on('error', () => undefined);
      child.stdin.end(stdin ?? '');
    });

  const bootstrap = (
    command: string,
    flags: string[] = [],
    stdin?: Buffer,
    tag = config.version,
  ): Promise<Result> =>
    docker(
      1,
      [
        'run',
        '--rm',
        '-i',
        '--log-driver',
        'none',
        '--env',
        'UCP_PASSWORD',
        `${config.image}:${tag}`,
        command,
        '--ucp-url',
        config.ucpUrl,
        '--ucp-username',
        config.ucpUser,
        '--ucp-insecure-tls',
        ...flags,
      ],
      stdin,
      { UCP_PASSWORD: PASSWORD },
    );

  const urlOf = (node: number): string => `https://${nodes[node - 1]?.address}:${nodes[node - 1]?.httpsPort}`;
  const send = async (
    node: number,
    method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH',
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const isRaw = body instanceof Uint8Array;
    const answer = await undiciRequest(path.startsWith('https:') ? path : `${urlOf(node)}${path}`, {
      method,
      dispatcher: agent,
      headers: {
        authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
        ...(body === undefined || isRaw ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : isRaw ? body : JSON.stringify(body),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
    };
  };
  const json = async <T>(node: number, path: string): Promise<T> =>
    JSON.parse((await send(node, 'GET', `/api/v0${path}`)).body.toString()) as T;

  return {
    dir,
    config,
    docker,
    bootstrap,
    send,
    json,
    urlOf,
    /** Ends every process and removes the folder. */
    async close(): Promise<void> {
      for (const { name } of await listProcesses(dir)) await stopProcess(dir, name);
      await agent.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Install on node 1, then join the others, all on one shared folder where there are several. */
export async function installReplicas(standIn: StandIn, count: number, flags: string[] = []): Promise<void> {
  const [first, ...others] = REPLICAS.slice(0, count);
  await mustSucceed(
    standIn.bootstrap('install', ['--replica-id', String(first), '--ucp-node', 'node1', ...flags]),
  );
  for (const [at, id] of others.entries())
    await mustSucceed(
      standIn.bootstrap('join', [
        '--replica-id',
        id,
        '--ucp-node',
        `node${at + 2}`,
        '--existing-replica-id',
        String(first),
      ]),
    );
}

export async function mustSucceed(running: Promise<Result>): Promise<Result> {
  const result = await running;
  if (result.status !== 0) throw new Error(`status ${result.status}: ${result.stderr}`);
  return result;
}

/** A volume of that name on every node, all of them the same folder, as an export would be. */
export async function createSharedVolume(standIn: StandIn, name: string): Promise<string> {
  const folder = join(standIn.dir, 'shared', name);
  await mkdir(folder, { recursive: true });
  for (const node of [1, 2, 3])
    await mustSucceed(
      standIn.docker(node, [
        'volume',
        'create',
        '-o',
        'type=none',
        '-o',
        'o=bind',
        '-o',
        `device=${folder}`,
        name,
      ]),
    );
  return folder;
}

async function bearer(standIn: StandIn, node: number, scope: string): Promise<Record<string, string>> {
  const answer = await standIn.send(node, 'GET', `/auth/token?service=x&scope=${encodeURIComponent(scope)}`);
  return { authorization: `Bearer ${(JSON.parse(answer.body.toString()) as { token: string }).token}` };
}

export const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Uploads one blob; the answer is that of the first request that is refused, or of the last. */
export async function pushBlob(
  standIn: StandIn,
  node: number,
  repository: string,
  bytes: Uint8Array,
): Promise<Answer> {
  const token = await bearer(standIn, node, `repository:${repository}:pull,push`);
  const started = await standIn.send(node, 'POST', `/v2/${repository}/blobs/uploads/`, undefined, token);
  if (started.status !== 202) return started;
  const location = String(started.headers['location']);
  return standIn.send(node, 'PUT', `${location}&digest=${digestOf(bytes)}`, bytes, token);
}

export type Pushed = { status: number; digest: string; layer: string; config: string; body: string };

/** Pushes an image with one random layer; the status is that of the first refusal, or 201. */
export async function pushImage(
  standIn: StandIn,
  node: number,
  repository: string,
  tag: string,
): Promise<Pushed> {
  const layer = randomBytes(2048);
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', tag, random: layer.toString('hex', 0, 8) }),
  );
  const result = { digest: '', layer: digestOf(layer), config: digestOf(config) };
  for (const blob of [layer, config]) {
    const answer = await pushBlob(standIn, node, repository, blob);
    if (answer.status !== 201) return { ...result, status: answer.status, body: answer.body.toString() };
  }
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        size: config.length,
        digest: result.config,
      },
      layers: [
        {
          mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
          size: layer.length,
          digest: result.layer,
        },
      ],
    }),
  );
  const answer = await standIn.send(node, 'PUT', `/v2/${repository}/manifests/${tag}`, manifest, {
    ...(await bearer(standIn, node, `repository:${repository}:pull,push`)),
    'content-type': 'application/vnd.docker.distribution.manifest.v2+json',
  });
  return { ...result, digest: digestOf(manifest), status: answer.status, body: answer.body.toString() };
}

/** Statuses of the manifest and of its layer. */
export async function pullImage(
  standIn: StandIn,
  node: number,
  repository: string,
  image: { digest: string; layer: string },
): Promise<{ manifest: number; layer: number }> {
  const token = await bearer(standIn, node, `repository:${repository}:pull`);
  const manifest = await standIn.send(
    node,
    'GET',
    `/v2/${repository}/manifests/${image.digest}`,
    undefined,
    token,
  );
  const layer = await standIn.send(node, 'GET', `/v2/${repository}/blobs/${image.layer}`, undefined, token);
  if (layer.status === 200 && digestOf(layer.body) !== image.layer)
    throw new Error('the layer has other bytes');
  return { manifest: manifest.status, layer: layer.status };
}

export async function tagsOf(standIn: StandIn, repository: string): Promise<string[]> {
  const tags = await standIn.json<{ name: string }[]>(1, `/repositories/${repository}/tags?pageSize=100`);
  return tags.map(({ name }) => name);
}

/** Posts a job and follows it to its end. */
export async function runJob(standIn: StandIn, action: string): Promise<string> {
  const posted = await standIn.send(1, 'POST', '/api/v0/jobs', { action });
  const { id } = JSON.parse(posted.body.toString()) as { id: string };
  return until(async () => {
    const { status } = await standIn.json<{ status: string }>(1, `/jobs/${id}`);
    return ['waiting', 'running', 'cancel_request'].includes(status) ? undefined : status;
  });
}

/** Asks until there is an answer; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => void setTimeout(resolve, 25));
  }
}
