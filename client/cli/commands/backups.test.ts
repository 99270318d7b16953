// `transship backups` as people and scripts run it: the sets, and why one cannot be believed.

import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { manifestText } from '../../../activities/backups/manifest.ts';
import { openSigningKey } from '../../../activities/backups/signing.ts';
import type { SetManifest } from '../../../contracts/backup.ts';
import { manifestKey, verifiedKey } from '../../../domain/backup/set.ts';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { repositoriesOn } from '../../../test/support/repositories.ts';
import { fakeActivities } from '../../../test/workflows/fake-activities.ts';
import { runCli } from '../run-cli.ts';

const OLD = '20261127T141500Z-00000001';
const NEW = '20261128T141500Z-00000002';
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
let folder: string;

const put = async (key: string, text: string): Promise<void> => {
  await mkdir(path.dirname(path.join(folder, 'sets', key)), { recursive: true });
  await writeFile(path.join(folder, 'sets', key), text);
};

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'transship-backups-'));
  const storages = { sets: { kind: 'filesystem', path: path.join(folder, 'sets') } };
  const inventory = { registries: {}, hosts: {}, storages, journal: 'sets', backups: 'main' };
  await writeFile(
    path.join(folder, 'inventory.yaml'),
    JSON.stringify({ ...inventory, repositories: repositoriesOn('sets') }),
  );
  const made = await fakeActivities().activities.sealSet({} as never);
  const manifest: SetManifest = { ...made, repository: 'ours', registry: 'prod', id: OLD };
  await put('transship-repository.json', JSON.stringify({ format: 'transship/repository@1', id: 'ours' }));
  await put(manifestKey('prod', OLD), manifestText(manifest, openSigningKey(pem)));
  await put(manifestKey('prod', NEW), JSON.stringify({ format: 'transship/set@9' }));
  await put(
    verifiedKey('prod', OLD),
    '{"format":"transship/verified-set@1","at":"2026-11-27T15:00:00.000Z"}',
  );
  await put('sets/prod/20261129T141500Z-00000003/tags.ndjson', '');
});
afterAll(async () => rm(folder, { recursive: true }));

async function printed(...args: string[]) {
  const io = recordedIo({ env: { BACKUP_SIGNING_KEY: pem } });
  const code = await runCli(['backups', ...args, '--inventory', path.join(folder, 'inventory.yaml')], io);
  return { code, stdout: io.stdout() };
}

test('lists sets with what they need and when they were verified, and no leftovers', async () => {
  const { code, stdout } = await printed('prod', '--json');
  expect(JSON.parse(stdout)).toEqual({
    sets: [
      {
        ...{ set: `prod/${OLD}`, taken: '2026-11-27T14:15:00Z', version: '2.7.9' },
        ...{ tags: 7, bytes: 1000, newBytes: 300, verified: '2026-11-27T15:00:00.000Z', problems: [] },
      },
      {
        ...{ set: `prod/${NEW}`, taken: '2026-11-28T14:15:00Z', version: null },
        ...{ tags: 0, bytes: 0, newBytes: 0, verified: null },
        problems: [expect.stringContaining('transship/set@9')],
      },
    ],
  });
  // One of them cannot be believed.
  expect(code).toBe(16);
});

test('says it in a table for people, with the reason beneath', async () => {
  const { stdout } = await printed();
  expect(stdout).toMatch(new RegExp(`^SET .*\nprod/${OLD} .* 7 .*1000 B .*300 B .* ago\n`));
  expect(stdout).toContain(`\nprod/${NEW}: its manifest is of format transship/set@9`);
});

test('a registry without sets is no mistake, and a repository that is not there is one', async () => {
  expect(await printed('other')).toEqual({ code: 0, stdout: 'no set\n' });
  expect((await printed('--repository', 'nowhere')).code).toBe(2);
});
