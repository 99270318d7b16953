// A repository is one thing under one identity, whoever opens it first, and only what this version can read is opened.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Inventory } from '../../contracts/inventory.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import { repositoriesOn } from '../../test/support/repositories.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import { openRepository } from './open-repository.ts';

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'transship-repository-'))));
afterEach(async () => await rm(folder, { recursive: true }));

const open = async (name = 'main') =>
  await openRepository(
    {
      inventory: { repositories: repositoriesOn('backups') } as unknown as Inventory,
      openStorage: async () => openFilesystemStorage(folder),
      resolveSecret: async () => 'passphrase',
    },
    name,
    { signal: new AbortController().signal, patience: IMPATIENT },
  );
const record = (): string => join(folder, 'transship-repository.json');

test('it gets its identity once, also from many at once', async () => {
  const ids = await Promise.all(Array.from({ length: 8 }, async () => (await open()).id));
  expect(new Set(ids).size).toBe(1);
  expect(JSON.parse(await readFile(record(), 'utf8'))).toEqual({
    format: 'transship/repository@1',
    id: ids[0],
  });
});

test.each([
  ['{"format":"transship/repository@2","id":"a"}', 'is transship/repository@2, and this version'],
  ['{"format":"transship/repo', 'damaged'],
  ['{"format":"transship/repository@1"}', 'damaged'],
])('%s is refused and left as it is', async (content, problem) => {
  await writeFile(record(), content);
  await expect(open()).rejects.toMatchObject({
    type: 'UnknownFormat',
    message: expect.stringContaining(problem) as string,
  });
  expect(await readFile(record(), 'utf8')).toBe(content);
});

test.each(['other', 'toString'])('a repository %s is not there', async (name) => {
  await expect(open(name)).rejects.toMatchObject({ type: 'InvalidInput' });
});
