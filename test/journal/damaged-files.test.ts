// Whoever reads a damaged file of the journal fails with `JournalDamaged` that names it, and goes on with nothing of it.

import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inProcessMeter } from '../../activities/concurrency/in-process-meter.ts';
import { claimDestination } from '../../activities/copying/claim-destination.ts';
import { copyShard } from '../../activities/copying/copy-shard.ts';
import { copyStorage } from '../../activities/copying/copy-storage.ts';
import { UNPACED } from '../../activities/copying/pace/pace.ts';
import { planPass } from '../../activities/copying/plan-pass.ts';
import { damagedInPass } from '../../activities/copying/work-list.ts';
import type { Environment } from '../../activities/environment.ts';
import { fileOf, type JournalFile } from '../../activities/journal/keys.ts';
import { readList, writeLines } from '../../activities/journal/lines.ts';
import { writeRecord } from '../../activities/journal/record.ts';
import { writeReport } from '../../activities/records/write-report.ts';
import { compareTags } from '../../activities/registry/tags.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { keysOf } from '../conformance/suite/subject.ts';
import { putBlob } from '../copying/registry-tree.ts';
import { IMPATIENT } from '../support/impatient.ts';
import { makeReportInput } from '../records/report-input.ts';

const job = 'jobs/test';
const PASS = { job, pass: 1, source: 'a', destination: 'b', final: false };
const meter = inProcessMeter(new AbortController().signal, IMPATIENT);

let folder: string;
let sides: { journal: Storage; source: Storage; destination: Storage };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'transship-damaged-'));
  const [journal, source, destination] = await Promise.all(
    ['journal', 'source', 'destination'].map(async (name) => {
      const path = await mkdtemp(join(folder, `${name}-`));
      return Object.assign(openFilesystemStorage(path), { path });
    }),
  );
  sides = { journal: journal!, source: source!, destination: destination! };
  await putBlob(sides.source, 'layer');
});
afterEach(() => rm(folder, { recursive: true }));

/** Cuts off what comes before the last newline, too. */
async function cut(file: JournalFile): Promise<void> {
  const { path } = sides.journal as Storage & { path: string };
  const { size } = (await sides.journal.stat(file.key))!;
  await truncate(join(path, file.key), size - 2);
}

const copied = async (): Promise<void> => {
  await claimDestination(sides, { ...PASS }, meter, { mayGoBack: true });
  await planPass(sides, PASS, meter);
  await copyShard(sides, { ...PASS, shard: 0 }, meter);
};
const TAGS = [{ repository: 'team/app', tag: '1.0', digest: 'sha256:a' }];
const [before, after] = ['before', 'after'].map((name) => fileOf('tags', { job, name }));
const report = makeReportInput();

const copyOnce = () => copyStorage(sides, { source: 'a', destination: 'b', remove: false }, meter, UNPACED);

test.each<[reader: string, JournalFile, make: () => Promise<unknown>, read: () => Promise<unknown>]>([
  ['the planning of a pass', fileOf('pass-list', PASS), copied, () => planPass(sides, PASS, meter)],
  [
    'the copying of a work list',
    fileOf('work', { ...PASS, shard: 0 }),
    copied,
    () => copyShard(sides, { ...PASS, shard: 0 }, meter),
  ],
  [
    'the report and the verification',
    fileOf('result', { ...PASS, shard: 0 }),
    copied,
    () => Array.fromAsync(damagedInPass(sides.journal, PASS)),
  ],
  [
    'the claim of a destination',
    fileOf('claim', { ...PASS, turn: 1 }),
    copied,
    () => claimDestination(sides, PASS, meter, { mayGoBack: true }),
  ],
  ['a copy without a registry', fileOf('copy-state', { job: 'copies/a/b' }), copyOnce, copyOnce],
  [
    'the comparison of tags',
    after!,
    async () => {
      for (const file of [before!, after!]) await writeLines(sides.journal, file, TAGS);
    },
    () => compareTags(sides.journal, { job, before: before!.key, after: after!.key, name: 'lost' }),
  ],
])('%s', async (_reader, file, make, read) => {
  await make();
  await cut(file);
  const there = await keysOf(sides.journal);
  await expect(read()).rejects.toMatchObject({
    type: 'JournalDamaged',
    retryable: false,
    message: expect.stringContaining(file.key),
    details: { key: file.key, kind: file.kind },
  });
  expect(await keysOf(sides.journal)).toEqual(there);
});

test('results that were cut off are made again', async () => {
  await copied();
  await cut(fileOf('result', { ...PASS, shard: 0 }));
  expect(await copyShard(sides, { ...PASS, shard: 0 }, meter)).toMatchObject({ copiedObjects: 1 });
  expect(await readList(sides.journal, fileOf('result', { ...PASS, shard: 0 }))).toHaveLength(1);
});

describe('a report is written, and says what it could not read, when', () => {
  const { facts, plan } = report;
  const changes = fileOf('tag-changes', { job: facts.job, name: 'since-backup' });
  const tagsSinceBackup = { ...facts.tagsSinceBackup!, key: changes.key };
  const write = async (entry: object = { kind: 's3' }): Promise<{ key: string; place: string }> => {
    const environment = {
      inventory: { journal: 'journal', storages: { journal: entry } },
      openStorage: () => Promise.resolve(sides.journal),
    } as unknown as Environment;
    return await new MockActivityEnvironment().run(
      async () => await writeReport(environment, { ...facts, tagsSinceBackup, verification: null }),
    );
  };
  const written = async (): Promise<string> => {
    const { key } = await write();
    return await text(await sides.journal.read(key.replace('.html', '.md')));
  };
  const whole = async (): Promise<void> => {
    await writeRecord(sides.journal, fileOf('plan', facts), plan);
    await writeLines(sides.journal, changes, [
      { repository: 'a', tag: 'v1', before: null, after: 'sha256:a' },
    ]);
  };

  test('nothing is missing: then it says nothing of it', async () => {
    await whole();
    expect(await written()).not.toContain('could not be read');
  });

  test('nothing is missing: where it lies is a path that can be opened, or named with its storage', async () => {
    await whole();
    const { key } = await write();
    expect(await write({ kind: 'filesystem', path: '/srv/journal' })).toEqual({
      key,
      place: `/srv/journal/${key}`,
    });
    expect(await write()).toEqual({ key, place: `${key} in ${sides.journal.describe}` });
  });

  test('its plan was cut off', async () => {
    await whole();
    await cut(fileOf('plan', facts));
    const markdown = await written();
    expect(markdown).toContain('What could not be read');
    expect(markdown).toContain('plan.json');
    expect(markdown).toContain('ada@example.com');
  });

  test.each([
    ['was cut off', cut],
    ['is gone', async (file: JournalFile) => await sides.journal.remove([file.key])],
  ])('a list that it rests on %s', async (_how, spoil) => {
    await whole();
    await spoil(changes);
    expect(await written()).toMatch(/What could not be read\s+- The tags that changed:/);
  });
});
