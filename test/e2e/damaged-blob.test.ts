// A blob whose bytes rotted on the old storage, end to end: it stops the cut-over until a person accepts it, everything
// else is moved, and the report names it. Started and approved by the outside names alone, as other people's tools do.

import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MigrationResult, MigrationStatus } from '../../contracts/migration.ts';
import { labDown, type LabStatus, labUp } from '../../lab/estate/estate.ts';

const E2E_TIMEOUT_MS = 300_000;
const POLL_INTERVAL_MS = 100;

let dir: string;
let lab: LabStatus;
let connection: Connection;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'transship-e2e-'));
  lab = await labUp({ dir, usualPorts: false, replicas: 1, storage: 'volume', content: 'small' });
  connection = await Connection.connect({ address: lab.temporal.address });
}, E2E_TIMEOUT_MS);

afterAll(async () => {
  await connection.close();
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
});

it(
  'stops the cut-over until a person accepts it, and is named in the report',
  async () => {
    const damaged = await flipByteOfABlob();
    const handle = await new Client({ connection }).workflow.start('readOnlyMigration', {
      workflowId: 'registry-prod',
      taskQueue: 'transship',
      args: [{ registry: 'prod', destination: 's3-prod', window: { budget: '10m' }, dryRun: false }],
    });

    await approve(handle, 'plan');
    const asked = await approve(handle, 'damaged-blobs');
    expect(asked.window.openedAt).toBeNull();
    expect(asked.waitingFor?.text).toContain('1 blobs');
    await approve(handle, 'window');

    const result = (await handle.result()) as MigrationResult;
    expect(result).toMatchObject({ outcome: 'migrated', damaged: 1 });
    const report = await readFile(join(dir, 'journal', result.report.replace('.html', '.json')), 'utf8');
    expect(report).toContain(damaged);
  },
  E2E_TIMEOUT_MS,
);

/** Waits for the question and approves it; the status at that moment. */
async function approve(handle: WorkflowHandle, topic: string): Promise<MigrationStatus> {
  for (;;) {
    const status = await handle.query<MigrationStatus>('status');
    if (status.waitingFor?.topic === topic) {
      const { id: question, planDigest } = status.waitingFor;
      await handle.signal('approve', { question, planDigest, by: 'operator@lab' });
      return status;
    }
    if (status.phase === 'failed') throw new Error(status.step.title);
    await sleep(POLL_INTERVAL_MS);
  }
}

/** The digest, in hex, of a blob that now has other bytes than that. */
async function flipByteOfABlob(): Promise<string> {
  const blobs = join(dir, 'shared/registry-data/_data/docker/registry/v2/blobs/sha256');
  const [file] = (await readdir(blobs, { recursive: true })).filter((name) => name.endsWith('/data')).sort();
  const blob = await open(join(blobs, file!), 'r+');
  const byte = Buffer.alloc(1);
  await blob.read(byte, 0, 1, 10);
  await blob.write(Buffer.from([byte[0]! ^ 1]), 0, 1, 10);
  await blob.close();
  return file!.split('/')[1]!;
}
