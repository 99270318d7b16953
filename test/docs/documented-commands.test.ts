// The commands of the documentation, typed as they stand there, one after the other, in a folder with an inventory of a plain
// registry that runs, its storages, and a Temporal with stand-ins of the operations.

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { documentedCommands } from '../../docs/commands.ts';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import type { LabStatus } from '../../lab/estate/estate.ts';
import type { OperationStatus } from '../../contracts/operation.ts';
import { TASK_QUEUE, WORKFLOW_TYPES } from '../../contracts/names.ts';
import { type ServerRig, startServerRig } from '../client/server-rig.ts';
import { CANARY, type DistributionRig, startDistributionRig } from '../registry/distribution-rig.ts';
import { RUN_ELSEWHERE } from './run-elsewhere.ts';
import { type Before, RUN_HERE } from './run-here.ts';
import { openShell, type Shell } from './shell.ts';

const WORKFLOW = 'registry-prod';
const POLL_MS = 30;

const folder = (path: string) => ({ kind: 'filesystem', path });

let dir: string;
let temporal: ServerRig;
let registry: DistributionRig;
let shell: Shell;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-docs-'));
  [temporal, registry] = await Promise.all([startServerRig(), startDistributionRig('debian-2.8')]);
  const { client, entry, environment, images } = registry;
  await pushImage(client, 'team/app', '1.0', makeImage('oci', 'app', [await textLayer('app', 1000)]));
  await pushImage(client, CANARY, 'latest', makeImage('oci', 'canary', [await textLayer('canary', 10)]));
  for (const name of ['spare', 'journal', 'mine']) await mkdir(join(dir, name));
  const inventory = {
    registries: {
      prod: { ...entry, storage: 'prod-volume', replicas: entry.replicas.slice(0, 1) },
    },
    hosts: {},
    storages: {
      'prod-volume': folder(images),
      's3-prod': environment.inventory.storages['s3-prod'],
      spare: folder(join(dir, 'spare')),
      journal: folder(join(dir, 'journal')),
      bound: { ...folder(join(dir, 'spare')), boundTo: 'rack-2' },
    },
    journal: 'journal',
    repositories: {
      offsite: {
        storage: 'journal',
        encryption: { passphrase: { file: join(dir, 'passphrase') } },
        signing: { key: { file: join(dir, 'signing.pem') } },
      },
      main: {
        storage: 'spare',
        encryption: { passphrase: { file: join(dir, 'passphrase') } },
        signing: { key: { file: join(dir, 'signing.pem') } },
      },
    },
    backups: 'main',
    schedules: { nightly: { procedure: 'backup', registry: 'prod', calendar: '30 1 * * *' } },
  };
  // JSON is YAML
  await writeFile(join(dir, 'inventory.yaml'), JSON.stringify(inventory));
  await writeFile(
    join(dir, 'storage.yml'),
    's3: { accesskey: A, secretkey: B, region: eu-west-1, bucket: images }',
  );
  await writeFile(join(dir, 'passphrase'), 'of the test');
  const { privateKey } = generateKeyPairSync('ed25519');
  await writeFile(join(dir, 'signing.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const lab: Pick<LabStatus, 'dir' | 'temporal'> & { registry: Pick<LabStatus['registry'], 'host'> } = {
    dir: '/lab',
    temporal: { address: '127.0.0.1:7233', ui: '' },
    registry: { host: '127.0.0.1:8443' },
  };
  await writeFile(join(dir, 'lab.json'), JSON.stringify(lab));
  await writeFile(join(dir, 'lab-auth.json'), '{}');
  shell = await openShell(dir, {
    TEMPORAL_ADDRESS: temporal.address,
    TRANSSHIP_CACHE: join(dir, 'cache'),
    DIGEST: 'sha256:plan',
    ANSWER: 'sha256:plan',
  });
});

// Files that are there already are left alone
beforeEach(async () => await rm(join(dir, 'secrets'), { recursive: true, force: true }));

afterAll(async () => {
  await shell.close();
  await temporal.close();
  await registry.stop();
  await rm(dir, { recursive: true, force: true });
});

/** Workers last: operations that begin afterwards would be theirs, and not those of the stand-ins. */
const rows = Object.entries(RUN_HERE).toSorted(
  ([, one], [, other]) => Number(one.stays ?? false) - Number(other.stays ?? false),
);

test.each(rows)('%s', async (command, { before = 'none', approved, exit = 0, says, shows, stays }) => {
  await bringAbout(before);
  const whole = shows === undefined ? command : `${command}; ${shows}`;
  const typing = stays ? shell.typeUntil(command, says) : shell.type(whole);
  if (approved) await Promise.race([typing, answer('plan')]);
  const { code, said } = await typing;
  expect({ code, said }).toEqual({ code: exit, said: expect.stringMatching(says) as string });
});

const mentions = documentedCommands().filter(
  ({ text, mention }) => mention && !RUN_ELSEWHERE.some(({ command }) => command.test(text)),
);

test.each([...new Set(mentions.map(({ text }) => text))])('%s is a command', async (command) => {
  const { code, said } = await shell.type(`${command} --help`);
  expect({ code, said }).toEqual({ code: 0, said: expect.stringMatching(/Usage:/) as string });
  expect(said).toContain(command);
});

async function bringAbout(before: Before): Promise<void> {
  const handle = temporal.client.workflow.getHandle(WORKFLOW);
  await handle.terminate().catch(() => undefined);
  if (before === 'none') return;
  const destination = {
    window: 'holds',
    paused: 'holds',
    recovery: 'fails-late',
    plan: 's3-prod',
    ended: 's3-prod',
  };
  await temporal.client.workflow.start(WORKFLOW_TYPES.readOnly, {
    workflowId: WORKFLOW,
    taskQueue: TASK_QUEUE,
    args: [{ registry: 'prod', destination: destination[before] }],
  });
  if (before === 'window' || before === 'ended') await answer('plan');
  if (before === 'ended') await handle.result();
  else await question(before === 'paused' ? 'plan' : before);
  if (before === 'paused') await handle.executeUpdate('pause', { args: [{ by: 'ops@example.com' }] });
}

/** Waits until `prod` asks that. */
async function question(topic: string): Promise<string> {
  const handle = temporal.client.workflow.getHandle(WORKFLOW);
  for (;;) {
    const status = await handle.query<OperationStatus>('status').catch(() => null);
    if (status?.waitingFor?.topic === topic) return status.waitingFor.id;
    await sleep(POLL_MS);
  }
}

async function answer(topic: string): Promise<void> {
  const decision = { question: await question(topic), planDigest: 'sha256:plan', by: 'ops@example.com' };
  await temporal.client.workflow.getHandle(WORKFLOW).signal('approve', decision);
}
