// An inventory is taken whole, or not at all and with the reasons.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransshipError } from '../../domain/transship-error.ts';
import { DEFAULT_COPYING } from '../../test/copying/copying-policy.ts';
import { GOOD_INVENTORY } from '../../test/support/inventory-file.ts';
import { checkInventory, loadInventory, readInventory } from './load.ts';

const HOUR_MS = 3_600_000;

describe('an inventory without mistakes', () => {
  test('gets its defaults and its durations in milliseconds', () => {
    const checked = checkInventory(GOOD_INVENTORY);
    if (!('inventory' in checked)) throw new Error(JSON.stringify(checked.mistakes));
    const { inventory } = checked;
    expect(inventory.hosts['node-1']).toMatchObject({ port: 22, stateDir: '/var/lib/transship' });
    expect(inventory.storages['s3-prod']).toMatchObject({
      rootdirectory: '',
      v4auth: true,
      secure: true,
      skipverify: false,
    });
    expect(inventory.registries['prod']).toMatchObject({ ucp: { insecureTls: false } });
    expect(inventory.approvals).toEqual({
      plan: { required: true, expiresInMs: 12 * HOUR_MS, approvers: ['ops@example.com'] },
      window: { required: true, expiresInMs: 24 * HOUR_MS, approvers: [] },
      'damaged-blobs': { required: true, expiresInMs: 24 * HOUR_MS, approvers: [] },
      recovery: { required: true, expiresInMs: 72 * HOUR_MS, approvers: [] },
      'garbage-collection': { required: true, expiresInMs: 72 * HOUR_MS, approvers: [] },
      restore: { required: true, expiresInMs: 24 * HOUR_MS, approvers: [] },
    });
    expect(inventory.copying).toEqual(DEFAULT_COPYING);
  });
});

describe('loadInventory', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'transship-inventory-'));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  test('throws one InvalidInput with every mistake', async () => {
    const file = path.join(folder, 'bad.yaml');
    await writeFile(file, GOOD_INVENTORY.replace('journal: files', 'journal: x\ncolour: red'));
    const error = await loadInventory(file).catch((error: unknown) => error as TransshipError);
    expect(error).toMatchObject({
      type: 'InvalidInput',
      details: {
        mistakes: [
          '32:10 journal: there is no storage of this name under storages',
          '33:1 colour: unknown key',
        ],
      },
    });
  });

  test('is done with thousands of mistakes, and tells the first of them', async () => {
    const MISTAKES = 20_000;
    const file = path.join(folder, 'many.yaml');
    const keys = Array.from({ length: MISTAKES }, (_, index) => `k${index}: 1`);
    await writeFile(file, `${GOOD_INVENTORY}\n${keys.join('\n')}\n${keys.join('\n')}\n`);
    const error = (await loadInventory(file).catch((reason: unknown) => reason)) as TransshipError;
    expect(error.details['mistakes']).toHaveLength(2 * MISTAKES);
    expect(error.message).toMatch(/has 40000 mistakes:[^]*unknown key\n {2}and 39900 more$/);
  });

  test('takes no file that is too large, or has no end', async () => {
    const file = path.join(folder, 'large.yaml');
    await writeFile(file, `${GOOD_INVENTORY}${'#'.repeat(1024 ** 2)}`);
    for (const large of [file, '/dev/zero'])
      await expect(loadInventory(large)).rejects.toMatchObject({
        type: 'InvalidInput',
        message: expect.stringContaining('more than 1048576 bytes') as string,
      });
  });

  test('remarks on passwords in clear', async () => {
    const file = path.join(folder, 'clear.yaml');
    await writeFile(file, GOOD_INVENTORY.replace('https://10.0.0.1', 'http://10.0.0.1'));
    expect((await readInventory(file)).remarks).toEqual([
      expect.stringMatching(/^13:\d+ registries\.prod\.replicas\[0\]\.url: http:\/\/ sends the password/),
    ]);
  });

  test('remarks on a region that no document names, and never on those of other servers', async () => {
    const file = path.join(folder, 'region.yaml');
    const odd = GOOD_INVENTORY.replace('eu-central-1', 'eu-centrall-1');
    await writeFile(file, odd);
    expect((await readInventory(file)).remarks).toEqual([
      expect.stringMatching(/^28:13 storages\.s3-prod\.region: is none of the regions that S1 lists/),
    ]);
    const endpoint = 'regionendpoint: https://minio.example.com';
    await writeFile(file, odd.replace('bucket: images', `bucket: images\n    ${endpoint}`));
    expect((await readInventory(file)).remarks).toEqual([]);
  });

  test('says that a file is not there', async () => {
    await expect(loadInventory(path.join(folder, 'none.yaml'))).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringContaining('ENOENT') as string,
    });
  });
});
