// The promise, end to end, in real parts: both paths move a registry that is in use, with the worker killed twice, and
// not one acknowledged push is lost; and no secret is seen anywhere meanwhile.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MigrationPath } from '../../contracts/names.ts';
import { type PathRun, runPath } from '../../lab/demo/run-path.ts';
import { labDown, type LabStatus, labUp, reinstallRegistry } from '../../lab/estate/estate.ts';
import { silent } from '../../lab/progress.ts';
import {
  findSecrets,
  huntFiles,
  huntHistories,
  type Secrets,
  secretsOf,
  watchArguments,
} from './secret-hunt.ts';

const E2E_TIMEOUT_MS = 300_000;

let dir: string;
let lab: LabStatus;
let secrets: Secrets;
let argumentsWatch: ReturnType<typeof watchArguments>;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-e2e-'));
  lab = await labUp({ dir, usualPorts: false, replicas: 3, storage: 'volume', content: 'small' });
  secrets = await secretsOf(dir);
  argumentsWatch = watchArguments(secrets);
}, E2E_TIMEOUT_MS);

afterAll(async () => {
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
});

const expectNothingLost = (run: PathRun): void => {
  expect(run.outcome).toBe('migrated');
  expect(run.workerKills).toBe(2);
  expect(run.schedulesAsBefore).toBe(true);
  expect(run.pushes.acknowledged).toBeGreaterThan(0);
  expect(run.pushes.found).toBe(run.pushes.acknowledged);
  expect(run.pulled.problems).toEqual([]);
  expect(run.tags.after).toBeGreaterThanOrEqual(run.tags.before);
  expect(run.pulled.tags).toBeGreaterThanOrEqual(run.tags.after);
};

describe('a registry in use', () => {
  const ofTheDemo: [path: MigrationPath, destination: string][] = [
    ['read-only', 's3-prod'],
    ['best-practice', 's3-prod'],
  ];
  // .ci/run runs the demo, which asserts the same of the same moves.
  const cases: typeof ofTheDemo = [
    ...(process.env['TRANSSHIP_DEMO_RUNS_TOO'] === '1' ? [] : ofTheDemo),
    ['read-only', 'volume-new'],
  ];
  let first = true;

  it.each(cases)(
    'is moved by the %s path to %s',
    async (path, destination) => {
      if (!first) await reinstallRegistry(dir, {});
      first = false;
      expectNothingLost(await runPath({ dir, path, destination, progress: silent }));
    },
    E2E_TIMEOUT_MS,
  );

  it('showed no secret in histories, logs, journal or argument lists', async () => {
    const { findings, samples } = await argumentsWatch.stop();
    expect(samples).toBeGreaterThan(100);
    expect(findings).toEqual([]);

    const connection = await Connection.connect({ address: lab.temporal.address });
    const histories = await huntHistories(new Client({ connection }), secrets);
    await connection.close();
    expect(histories.histories).toBeGreaterThanOrEqual(cases.length * 4);
    expect(histories.findings).toEqual([]);

    for (const folder of ['logs', 'journal']) {
      const { findings: inFiles, files } = await huntFiles(join(dir, folder), secrets);
      expect(files).toBeGreaterThan(0);
      expect(inFiles).toEqual([]);
    }
  });

  it('would have found one', async () => {
    for (const [secret, spellings] of secrets) {
      expect(spellings.length).toBeGreaterThan(0);
      for (const spelling of spellings)
        expect(findSecrets(`--password ${spelling}`, 'here', secrets)).toContainEqual({
          secret,
          where: 'here',
        });
    }
    const found = new Set<string>();
    for (const folder of ['secrets', 'ssh', 'certificates'])
      for (const { secret } of (await huntFiles(join(dir, folder), secrets)).findings) found.add(secret);
    expect([...found].sort()).toEqual([...secrets.keys()].sort());
  });
});
