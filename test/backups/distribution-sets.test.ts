// Sets of a plain registry, on two real processes of Distribution 3 that are pushed to.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeImage } from '../../lab/content/images.ts';
import { textLayer } from '../../lab/content/layers.ts';
import { pushImage } from '../../lab/content/push-image.ts';
import { setFileKey } from '../../domain/backup/set.ts';
import { type DistributionRig, startDistributionRig } from '../registry/distribution-rig.ts';
import { backupsRig, type BackupsRig } from './backups-rig.ts';
import { watched } from './watched.ts';

let rig: DistributionRig;
let backups: BackupsRig;

const push = async (tag: string, text: string): Promise<void> => {
  const image = makeImage('oci', tag, [await textLayer(text, 3_000), await textLayer('shared', 40_000)]);
  await pushImage(rig.client, 'dev/app', tag, image);
};
const linesOf = async <T>(id: string, name: 'tags.ndjson' | 'tree.ndjson' | 'blobs.ndjson'): Promise<T[]> =>
  (await readFile(join(backups.folder, setFileKey('prod', id, name)), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

beforeAll(async () => {
  rig = await startDistributionRig('v3');
  backups = await backupsRig(rig.environment);
  await push('v1', 'one');
  await push('v2', 'two');
});

afterAll(async () => {
  await backups.stop();
  await rig.stop();
});

test('a set of a plain registry is whole', async () => {
  const manifest = await backups.backUp();
  expect(manifest).toMatchObject({
    product: 'distribution',
    registry: 'prod',
    counts: { repositories: 1, tags: 2 },
    closure: { lost: 0, unread: 0, unsettled: 0 },
  });
  const check = await backups.check(manifest.id);
  expect(check.examples).toEqual([]);
  expect(check).toMatchObject({ problems: 0, tags: 2, blobs: manifest.counts.blobs });
});

test('a second backup of a registry that did not change reads no blob', async () => {
  const { storage, reads } = watched(await rig.environment.openStorage('source'));
  const second = await backups.otherwise({ storages: { source: storage } }).backUp();
  expect(second.content).toMatchObject({ newBlobs: 0, newBytes: 0, blobs: second.counts.blobs });
  expect(reads.filter((key) => key.includes('/blobs/'))).toEqual([]);
  expect(reads.some((key) => key.endsWith('/current/link'))).toBe(true);
});

test('what is pushed while the set is made is in it with all that it needs, or not at all', async () => {
  let pushes = 0;
  const manifest = await backups.backUp({
    before: async (step) => {
      pushes += 1;
      await push(`during-${step}`, step);
      await push('moving', step);
    },
  });
  expect(pushes).toBeGreaterThan(6);
  expect(await backups.check(manifest.id)).toMatchObject({ problems: 0 });
  const tags = (await linesOf<{ tag: string }>(manifest.id, 'tags.ndjson')).map(({ tag }) => tag);
  // Between the links and the blobs: harmless.
  expect(tags).toContain('during-backUpTree');
  expect(tags).not.toContain('during-backUpBlobs');
});
