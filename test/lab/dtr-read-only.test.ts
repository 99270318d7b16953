// Read-only on the stand-in: taken over by each replica in its own time, then refused by Distribution itself on all of them.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createSharedVolume,
  installReplicas,
  openStandIn,
  pullImage,
  pushImage,
  tagsOf,
  until,
} from './dtr-stand-in.ts';
import type { StandIn } from './dtr-stand-in.ts';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn();
  await createSharedVolume(standIn, 'shared-images');
  await installReplicas(standIn, 3, ['--dtr-storage-volume', 'shared-images']);
});
afterAll(() => standIn.close());

async function setReadOnly(readOnly: boolean): Promise<void> {
  const answer = await standIn.send(2, 'POST', '/api/v0/meta/settings', { readOnlyRegistry: readOnly });
  expect(answer.status).toBe(202);
  await until(async () => {
    const { replica_readonly } = await standIn.json<{ replica_readonly: Record<string, boolean> }>(
      1,
      '/meta/cluster_status',
    );
    return Object.values(replica_readonly).every((state) => state === readOnly) ? true : undefined;
  });
}

test('what one replica accepts, every replica serves', async () => {
  const image = await pushImage(standIn, 1, 'admin/app', 'one');
  expect(image.status).toBe(201);
  for (const node of [1, 2, 3])
    expect(await pullImage(standIn, node, 'admin/app', image)).toEqual({ manifest: 200, layer: 200 });
});

test('read-only refuses pushes with 405 on every replica, pulls go on, and it can be ended', async () => {
  const before = await pushImage(standIn, 1, 'admin/app', 'before');
  await setReadOnly(true);
  for (const node of [1, 2, 3]) {
    const push = await pushImage(standIn, node, 'admin/app', 'refused');
    expect(push).toMatchObject({ status: 405, body: 'Method not allowed\n' });
    expect(await pullImage(standIn, node, 'admin/app', before)).toEqual({ manifest: 200, layer: 200 });
  }
  expect(await tagsOf(standIn, 'admin/app')).not.toContain('refused');
  await setReadOnly(false);
  for (const node of [1, 2, 3])
    expect((await pushImage(standIn, node, 'admin/app', `after-${node}`)).status).toBe(201);
});

test('no push that was acknowledged is missing after read-only came in the middle of many', async () => {
  const acknowledged: string[] = [];
  let isOver = false;
  const pushing = [1, 2, 3].map(async (node) => {
    for (let count = 0; !isOver; count += 1) {
      const tag = `busy-${node}-${count}`;
      if ((await pushImage(standIn, node, 'admin/busy', tag)).status === 201) acknowledged.push(tag);
    }
  });
  await until(async () => (acknowledged.length > 10 ? true : undefined));
  await setReadOnly(true);
  const count = acknowledged.length;
  const tags = (
    await standIn.json<{ name: string }[]>(1, '/repositories/admin/busy/tags?pageSize=10000')
  ).map((tag) => tag.name);
  await until(async () =>
    (await pushImage(standIn, 1, 'admin/busy', 'late')).status === 405 ? true : undefined,
  );
  isOver = true;
  await Promise.all(pushing);
  expect(acknowledged.length).toBe(count);
  expect(tags.sort()).toEqual(acknowledged.sort());
  await setReadOnly(false);
});
