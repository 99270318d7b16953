// The lab as people use it: up, used with skopeo, up again, down. Its own folder and ports, so that a lab that runs on
// this machine is left alone.

import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { makeCatalogue } from '../../lab/content/catalogue.ts';
import { pullAll } from '../../lab/content/pull-all.ts';
import { startPusher } from '../../lab/content/pusher.ts';
import {
  labClient,
  labDown,
  labStatus,
  type LabStatus,
  labUp,
  reinstallRegistry,
} from '../../lab/estate/estate.ts';
import { loadInventory } from '../../worker/inventory/load.ts';

const run = promisify(execFile);

let parent: string;
let dir: string;
let lab: LabStatus;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'transship-lab-'));
  dir = join(parent, 'lab');
  lab = await labUp({ dir, usualPorts: false, replicas: 3, content: 'small', worker: false });
});

afterAll(async () => {
  await labDown(dir);
  await rm(parent, { recursive: true, force: true });
});

const pids = (status: LabStatus): Record<string, number> =>
  Object.fromEntries(status.processes.map(({ name, pid }) => [name, pid]));

const authfile = (): string => join(parent, 'auth.json');
const skopeo = async (...args: string[]): Promise<string> =>
  (await run('skopeo', [...args, '--authfile', authfile()])).stdout;

const isRunning = async (pid: number): Promise<boolean> =>
  await readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => !/\) [ZX] /.test(stat),
    () => false,
  );

async function smallTags() {
  const catalogue = await makeCatalogue('small', 'admin');
  return catalogue.map(({ repository, tag, image }) => ({ repository, tag, digest: image.digest }));
}

test('everything runs and the inventory is one that a worker accepts', async () => {
  expect(lab.processes.filter(({ state }) => state !== 'running')).toEqual([]);
  const inventory = await loadInventory(lab.inventory);
  const registry = inventory.registries[lab.registry.name];
  expect(registry?.replicas).toHaveLength(3);
  expect(registry?.storage).toBe('prod-volume');
  expect(inventory.storages[lab.destination]?.kind).toBe('s3');
});

test('no secret of the lab is in an argument list of one of its processes', async () => {
  const folder = join(dir, 'secrets');
  const names = await readdir(folder);
  expect(names).toContain('admin-password');
  const secrets = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  for (const { pid } of lab.processes) {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    expect(secrets.filter((secret) => commandLine.includes(secret))).toEqual([]);
  }
});

test('Temporal knows the search attributes', async () => {
  const connection = await Connection.connect({ address: lab.temporal.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  await connection.close();
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES).map(({ name }) => name)),
  );
  expect((await fetch(lab.temporal.ui)).status).toBe(200);
});

test('skopeo copies an image into the registry and out of it, and sees all tags', async () => {
  const certificates = join(dir, 'ca');
  const { host, user, password } = lab.registry;
  const account = ['--username', user, '--password-stdin', host];
  const login = run('skopeo', ['login', '--authfile', authfile(), '--cert-dir', certificates, ...account]);
  login.child.stdin?.end(password);
  await login;
  const place = `docker://${host}/admin/web`;
  await skopeo('copy', '--src-cert-dir', certificates, `${place}:latest`, `dir:${join(parent, 'image')}`);
  await skopeo('copy', '--dest-cert-dir', certificates, `dir:${join(parent, 'image')}`, `${place}:by-skopeo`);
  const inspected = JSON.parse(await skopeo('inspect', '--cert-dir', certificates, `${place}:by-skopeo`)) as {
    Digest: string;
    RepoTags: string[];
  };
  const latest = (await smallTags()).find(
    ({ repository, tag }) => repository === 'admin/web' && tag === 'latest',
  );
  expect(inspected.Digest).toBe(latest?.digest);
  expect(inspected.RepoTags).toEqual(expect.arrayContaining(['1.1', 'latest', 'by-skopeo']));
});

test('what a pusher had acknowledged can be pulled, and a missing tag is found out', async () => {
  const client = await labClient(dir);
  try {
    const pusher = startPusher(client, { repositories: ['admin/web', 'admin/api'], intervalMs: 10 });
    while (pusher.log.acknowledged.length < 5) await new Promise((resolve) => setTimeout(resolve, 10));
    const { acknowledged, refused } = await pusher.stop();
    expect(refused).toEqual([]);
    const lost = { repository: 'admin/web', tag: 'never-pushed', digest: `sha256:${'0'.repeat(64)}` };
    const result = await pullAll(client, [...acknowledged, lost, ...(await smallTags())]);
    expect(result.pulled).toBe(acknowledged.length + 20);
    expect(result.problems.map(({ tag }) => tag)).toEqual(['never-pushed']);
  } finally {
    await client.close();
  }
});

test('a second up starts nothing, and brings back only what was killed', async () => {
  const before = pids(await labStatus(dir));
  expect(pids(await labUp({ dir, worker: false }))).toEqual(before);
  process.kill(before['load-balancer'] as number, 'SIGKILL');
  const { 'load-balancer': balancer, ...others } = pids(await labUp({ dir, worker: false }));
  expect(balancer).not.toBe(before['load-balancer']);
  expect({ ...others, 'load-balancer': before['load-balancer'] }).toEqual(before);
});

test('the load balancer passes over a replica that was killed, and up brings it back', async () => {
  const replica = 'dtr-000000000001';
  const killed = pids(await labStatus(dir))[replica] as number;
  process.kill(killed, 'SIGKILL');
  const client = await labClient(dir);
  try {
    expect(await pullAll(client, await smallTags())).toMatchObject({ pulled: 20, problems: [] });
  } finally {
    await client.close();
  }
  const after = await labUp({ dir, worker: false });
  expect(pids(after)[replica]).not.toBe(killed);
  expect(after.processes.filter(({ state }) => state !== 'running')).toEqual([]);
});

test('an inventory that somebody has changed stays as it is, until the registry is a new one', async () => {
  const written = await readFile(lab.inventory, 'utf8');
  const changed = written.replace('storage: prod-volume', `storage: ${lab.destination}`);
  expect(changed).not.toBe(written);
  await writeFile(lab.inventory, changed);
  await labUp({ dir, worker: false });
  expect(await readFile(lab.inventory, 'utf8')).toBe(changed);
  await reinstallRegistry(dir, {});
  expect(await readFile(lab.inventory, 'utf8')).toBe(written);
});

test('another choice for a lab that exists is refused', async () => {
  await expect(labUp({ dir, replicas: 1 })).rejects.toThrow('was made with replicas 3');
});

test('a registry that is installed afresh has the content and nothing else, beside the same Temporal', async () => {
  const before = pids(await labStatus(dir));
  const after = await reinstallRegistry(dir, { storage: 'volume', content: 'small' });
  expect(pids(after)['temporal']).toBe(before['temporal']);
  const client = await labClient(dir);
  try {
    const result = await pullAll(client, await smallTags());
    expect(result).toMatchObject({ pulled: 20, problems: [] });
    expect(await client.getManifest('admin/web', 'by-skopeo')).toBeUndefined();
  } finally {
    await client.close();
  }
});

test('down leaves no process and no folder', async () => {
  const before = await labStatus(dir);
  await labDown(dir);
  const left = [];
  for (const { name, pid } of before.processes) if (await isRunning(pid)) left.push(name);
  expect(left).toEqual([]);
  await expect(access(dir)).rejects.toThrow('ENOENT');
});
