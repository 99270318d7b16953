// The stand-in's cluster: without a majority of replicas nothing works; a lost minority is reported.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  REPLICAS,
  createSharedVolume,
  installReplicas,
  mustSucceed,
  openStandIn,
  pushImage,
  until,
} from './dtr-stand-in.ts';
import type { StandIn } from './dtr-stand-in.ts';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn();
  await createSharedVolume(standIn, 'images');
  await installReplicas(standIn, 3, ['--dtr-storage-volume', 'images']);
});
afterAll(() => standIn.close());

const ping = async (node: number): Promise<number> => (await standIn.send(node, 'GET', '/_ping')).status;
const health = async (): Promise<Record<string, string>> =>
  (await standIn.json<{ replica_health: Record<string, string> }>(1, '/meta/cluster_status')).replica_health;

test('one of three may be lost, two may not; both come back when the replicas do', async () => {
  const [, second, third] = REPLICAS;
  await mustSucceed(standIn.docker(3, ['stop', `dtr-rethinkdb-${third}`]));
  await until(async () =>
    (await health())[third]?.startsWith('Replica reported health too long ago') ? true : undefined,
  );
  expect(await ping(1)).toBe(200);
  expect((await pushImage(standIn, 1, 'admin/app', 'with-two')).status).toBe(201);

  await mustSucceed(standIn.docker(2, ['stop', `dtr-rethinkdb-${second}`]));
  await until(async () => ((await ping(1)) === 503 ? true : undefined));
  expect((await standIn.send(1, 'GET', '/api/v0/repositories')).status).toBe(500);
  expect((await standIn.send(1, 'GET', '/v2/')).status).toBe(500);

  for (const node of [2, 3]) {
    await standIn.docker(node, ['start', `dtr-rethinkdb-${REPLICAS[node - 1]}`]);
  }
  await until(async () => ((await ping(1)) === 200 ? true : undefined));
  await until(async () =>
    Object.values(await health()).every((state) => state === 'OK') ? true : undefined,
  );
});

test('a destroyed replica stays a member until it is removed; join is refused meanwhile', async () => {
  const [first, second, third] = REPLICAS;
  await mustSucceed(standIn.bootstrap('destroy', ['--replica-id', third]));
  expect(Object.keys(await health())).toContain(third);
  const join = ['--replica-id', 'dddddddddddd', '--ucp-node', 'node3', '--existing-replica-id', first];
  expect((await standIn.bootstrap('join', join)).stderr).toContain(`replica ${third} is unhealthy`);
  await mustSucceed(standIn.bootstrap('remove', ['--existing-replica-id', first, '--replica-ids', third]));
  expect(Object.keys(await health())).toEqual([first, second]);
  await mustSucceed(standIn.bootstrap('join', join));
  expect(await ping(3)).toBe(200);
});
