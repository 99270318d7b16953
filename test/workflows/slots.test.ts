// The fear "copies hold every slot, and the registry stays read-only": the window and its way out have slots of their own.

import { fileURLToPath } from 'node:url';
import { heartbeat, sleep } from '@temporalio/activity';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fakeActivities } from './fake-activities.ts';
import { type Rig, startRig } from './rig.ts';
import { expectWayOut } from './way-out.ts';

const SLOTS = 2;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig(fileURLToPath(new URL('../support/pass-parent.ts', import.meta.url)));
});
afterAll(() => rig.close());

it('copies that never end starve neither the window nor the way out nor the report', async () => {
  let endless = 0;
  let startCopies: (() => Promise<void>) | undefined;
  const { calls, activities } = fakeActivities({
    async setReadOnly({ readOnly }) {
      if (readOnly && endless === 0) await startCopies?.();
    },
    async planPass({ job }) {
      const shards = job.includes('-other/') ? SLOTS : 0;
      const counts = {
        sourceObjects: 1,
        sourceBytes: 1,
        copyObjects: shards,
        copyBytes: 1,
        removeObjects: 0,
      };
      return { shards, ...counts };
    },
    async copyShard() {
      endless += 1;
      for (;;) {
        heartbeat();
        await sleep(50);
      }
    },
  });
  await rig.run(
    activities,
    async (migration) => {
      const { taskQueue } = migration;
      const workflowId = `${migration.workflowId}-other`;
      startCopies = async () => {
        const of = {
          job: '',
          pass: 1,
          source: 'a',
          destination: 'b',
          yieldTo: null,
          boundTo: null,
          binding: {},
        };
        await rig.client.workflow.start('passParent', {
          workflowId,
          taskQueue,
          args: [{ ...of, final: false, concurrency: SLOTS }],
        });
        while (endless < SLOTS) await sleep(50);
      };
      await migration.decide('plan');
      await migration.decide('window');
      await expect(migration.result()).resolves.toMatchObject({ outcome: 'migrated' });
      expect(endless).toBe(SLOTS);
      await rig.client.workflow.getHandle(`${workflowId}/pass-1`).terminate();
      await rig.client.workflow.getHandle(workflowId).terminate();
    },
    { slots: SLOTS },
  );
  expectWayOut(calls);
});
