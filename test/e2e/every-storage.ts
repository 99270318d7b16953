// Migrations between storages, end to end: pushes go on, the worker is killed twice, and afterwards every
// acknowledged push is there and everything is pulled from the new storage alone; and no secret is seen anywhere meanwhile.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import type { MigrationPath } from '../../contracts/names.ts';
import { runPath } from '../../lab/demo/run-path.ts';
import { labDown, type LabStatus, labUp, reinstallRegistry } from '../../lab/estate/estate.ts';
import type { MoreStorage, StorageChoice } from '../../lab/estate/lab-config.ts';
import { recorded } from '../../lab/progress.ts';
import { huntFiles, huntHistories, type Secrets, secretsOf, watchArguments } from './secret-hunt.ts';

const E2E_TIMEOUT_MS = 300_000;

/** `version`: of the registry; default: the lab's. */
export type Move = [path: MigrationPath, source: StorageChoice, destination: string, version?: string];

const ofVersion = (version: string | undefined): { version?: string } =>
  version === undefined ? {} : { version };

/** The first one starts on the volume that a lab has. `secretsToHunt`: some that must be among those of the lab. */
export function everyMove(cases: Move[], destinations: MoreStorage[], secretsToHunt: string[]): void {
  let dir: string;
  let lab: LabStatus;
  let secrets: Secrets;
  let argumentsWatch: ReturnType<typeof watchArguments>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'transship-e2e-'));
    lab = await labUp({
      dir,
      replicas: 1,
      storage: 'volume',
      content: 'small',
      usualPorts: false,
      destinations,
      ...ofVersion(cases[0]?.[3]),
    });
    secrets = await secretsOf(dir);
    argumentsWatch = watchArguments(secrets);
  }, E2E_TIMEOUT_MS);

  afterAll(async () => {
    await labDown(dir);
    await rm(dir, { recursive: true, force: true });
  });

  describe('a registry in use', () => {
    let first = true;

    it.each(cases)(
      'is moved by the %s path from %s to %s',
      async (path, source, destination, version) => {
        if (!first)
          await reinstallRegistry(dir, {
            storage: source,
            ...ofVersion(version),
          });
        first = false;
        const { progress, lines } = recorded();
        onTestFailed(() => console.error(lines.join('\n')));
        const run = await runPath({ dir, path, destination, progress });
        expect(run).toMatchObject({ outcome: 'migrated', workerKills: 2, schedulesAsBefore: true });
        expect(run.pushes.acknowledged).toBeGreaterThan(0);
        expect(run.pushes.found).toBe(run.pushes.acknowledged);
        expect(run.pulled.problems).toEqual([]);
        expect(run.pulled.tags).toBeGreaterThanOrEqual(run.tags.after);
      },
      E2E_TIMEOUT_MS,
    );

    it('showed no secret in histories, logs, journal or argument lists', async () => {
      expect([...secrets.keys()]).toEqual(expect.arrayContaining(secretsToHunt));
      expect((await argumentsWatch.stop()).findings).toEqual([]);
      const connection = await Connection.connect({ address: lab.temporal.address });
      const histories = await huntHistories(new Client({ connection }), secrets);
      await connection.close();
      expect(histories.histories).toBeGreaterThanOrEqual(cases.length * 2);
      expect(histories.findings).toEqual([]);
      for (const folder of ['logs', 'journal'])
        expect((await huntFiles(join(dir, folder), secrets)).findings).toEqual([]);
    });
  });
}
