// The vendor's best practice to the letter (S0, S1: collection to "Never", backup, copy, destroy and restore, collect), with
// its own commands, while somebody pushes: what was acknowledged after the backup is lost, and then its layers are collected. The same
// pusher loses nothing in Transship's order: test/e2e/migration.test.ts.

import { cp, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pullAll } from '../../lab/content/pull-all.ts';
import { type AcknowledgedPush, type Pusher, startPusher } from '../../lab/content/pusher.ts';
import { RegistryClient } from '../../lab/content/registry-client.ts';
import {
  createSharedVolume,
  installReplicas,
  mustSucceed,
  openStandIn,
  REPLICAS,
  runJob,
  type StandIn,
} from './dtr-stand-in.ts';

const [REPLICA] = REPLICAS;
const [OLD, NEW] = ['images', 'images-new'];
const AT_LEAST = 5;

let standIn: StandIn;
let client: RegistryClient;
let pusher: Pusher;
let volumes: Record<string, string>;

beforeEach(async () => {
  standIn = await openStandIn();
  volumes = {};
  for (const name of [OLD, NEW]) volumes[name] = await createSharedVolume(standIn, name);
  await installReplicas(standIn, 1, ['--dtr-storage-volume', OLD]);
  client = new RegistryClient({
    host: new URL(standIn.urlOf(1)).host,
    user: standIn.config.adminUser,
    password: (await readFile(standIn.config.adminPasswordFile, 'utf8')).trim(),
    ca: await readFile(standIn.config.caFile, 'utf8'),
  });
  pusher = startPusher(client, { repositories: ['admin/app', 'admin/other'], intervalMs: 10 });
});
afterEach(async () => {
  await pusher.stop();
  await client.close();
  await standIn.close();
});

const finished = (path: string): boolean => !path.endsWith('/_uploads');
const acknowledged = (): number => pusher.log.acknowledged.length;
/** A user has pushed on meanwhile; the number of all that was acknowledged by then. */
const pushesGoOn = async (): Promise<number> => {
  const before = acknowledged();
  await expect.poll(acknowledged, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + AT_LEAST);
  return acknowledged();
};

/** Those of an image that no other image has. */
async function layersOf({ repository, digest }: AcknowledgedPush): Promise<string[]> {
  const manifest = await client.getManifest(repository, digest);
  const { layers } = JSON.parse(manifest!.bytes.toString()) as { layers: { digest: string }[] };
  return layers.map((layer) => layer.digest.slice('sha256:'.length));
}
const isStored = async (volume: string, hex: string): Promise<boolean> =>
  await stat(join(volumes[volume]!, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data')).then(
    () => true,
    () => false,
  );
const allStored = async (volume: string, hexes: string[]): Promise<boolean[]> =>
  await Promise.all(hexes.map((hex) => isStored(volume, hex)));

test("the vendor's literal order loses every push since the backup, and collects its layers", async () => {
  await standIn.send(1, 'POST', '/api/v0/crons', { action: 'onlinegc', schedule: '0 0 1 * * 6' });
  await pushesGoOn();

  // 1. Disable garbage collection
  expect((await standIn.send(1, 'DELETE', '/api/v0/crons/onlinegc')).status).toBe(204);
  // 2. Back up the metadata
  const known = acknowledged();
  const backup = (await mustSucceed(standIn.bootstrap('backup', ['--existing-replica-id', REPLICA]))).stdout;
  const between = acknowledged();
  const pushed = await pushesGoOn();
  const late = pusher.log.acknowledged.slice(between, pushed);
  const layers = (await Promise.all(late.map(layersOf))).flat();
  // 3. Migrate the contents: the copy has all that was pushed by then, but for uploads that come and go
  await cp(volumes[OLD]!, volumes[NEW]!, { recursive: true, filter: finished });
  expect(await allStored(NEW, layers)).not.toContain(false);
  // 4. Destroy, and restore on the new storage
  await mustSucceed(standIn.bootstrap('destroy', ['--replica-id', REPLICA]));
  const flags = ['--replica-id', REPLICA, '--ucp-node', 'node1', '--dtr-storage-volume', NEW];
  await mustSucceed(standIn.bootstrap('restore', flags, backup));
  const { acknowledged: all } = await pusher.stop();
  // 5. Collect what the backup does not refer to
  expect(await allStored(NEW, layers)).not.toContain(false);
  expect(await runJob(standIn, 'onlinegc_blobs')).toBe('done');

  const { problems } = await pullAll(client, all);
  const lost = new Set(problems.map(({ repository, tag }) => `${repository}:${tag}`));
  const isLost = ({ repository, tag }: AcknowledgedPush): boolean => lost.has(`${repository}:${tag}`);
  expect(late.length).toBeGreaterThanOrEqual(AT_LEAST);
  expect(late.filter((push) => !isLost(push))).toEqual([]);
  expect(await allStored(NEW, layers)).not.toContain(true);
  // What the backup knew is whole, and so it looks well
  expect(all.slice(0, known).filter(isLost)).toEqual([]);
});
