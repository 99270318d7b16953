// The registry is told where its content is now, and then asked, because an answer of "done" has been seen to change
// nothing: by its settings, and through every replica by the canary that only this storage has as it is.

import { CancellationScope, sleep } from '@temporalio/workflow';
import type { CanarySide, Switch } from '../../contracts/registry-activities.ts';
import { committed } from '../operation/activity-profiles.ts';
import { isRetryable, reasonOf } from '../operation/failure.ts';
import { FIRST_PAUSE_MS, longer } from '../operation/insist.ts';
import { type Migration, onceIn, remaining, remainingReplicas } from './migration-state.ts';
import { persist, type Way } from './recovery.ts';
import { withoutIll } from './without-replicas.ts';

export type Target = { storage: string; other: string; side: CanarySide; how: Switch };

export const toDestination = ({ subject }: Migration, how: Switch): Target => ({
  storage: subject.destination,
  other: subject.source,
  side: 'marked',
  how,
});

export const toSource = ({ subject }: Migration, how: Switch): Target => ({
  storage: subject.source,
  other: subject.destination,
  side: 'pushed',
  how,
});

/**
 * Tries until the registry takes it; false: nobody knows whether it did. While it was refused and the registry still says
 * that it is where it was, nothing has happened, and a cancellation or a spent budget ends it between two tries.
 */
export async function attemptSwitch(migration: Migration, target: Target): Promise<boolean> {
  const trouble = migration.board.openProblem();
  try {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = longer(pauseMs)) {
      try {
        await CancellationScope.nonCancellable(() => switchOnce(migration, target));
        return true;
      } catch (error) {
        const { type, message } = reasonOf(error);
        trouble.is(`${type}: ${message}`);
        // What was asked for and not answered may happen yet
        if (isRetryable(type) || !(await isStillAt(migration, target.other, target.storage))) return false;
        await sleep(pauseMs, { summary: 'before the switch is tried again' });
      }
    }
  } finally {
    trouble.end();
  }
}

/** Switches and proves it on every replica. `ways`: what a person can choose when it cannot be. */
export async function switchOver(
  migration: Migration,
  target: Target,
  { taken, ways }: { taken: boolean; ways: Way[] },
): Promise<void> {
  const offered = [...ways, ...withoutIll(migration)];
  if (!taken) await persist(migration, () => switchOnce(migration, target), offered);
  await persist(migration, () => proveThere(migration, target), offered);
}

async function switchOnce(migration: Migration, { storage, how }: Target): Promise<void> {
  const [replica] = remainingReplicas(migration);
  await committed.switchStorage({ ...onceIn(migration), ...remaining(migration), storage, how, replica });
}

/** Well on every replica that was not given up, read-only whoever may have changed it, and serving from there. */
export async function proveThere(
  migration: Migration,
  { storage, other, side }: Omit<Target, 'how'>,
): Promise<void> {
  const asked = remaining(migration);
  await committed.waitUntilHealthy({ ...asked, replicas: remainingReplicas(migration) });
  await committed.setReadOnly({ ...asked, readOnly: true });
  await committed.proveReadOnly(asked);
  await committed.proveServedFrom({ ...asked, storage, other, canaries: migration.canaries, side });
}

/** Does the registry say so, and nothing else? One that says nothing may have moved. */
async function isStillAt({ subject }: Migration, old: string, destination: string): Promise<boolean> {
  try {
    const among = [old, destination];
    const { uses } = await CancellationScope.nonCancellable(() =>
      committed.locateStorage({ registry: subject.registry, among }),
    );
    return uses.includes(old) && !uses.includes(destination);
  } catch {
    return false;
  }
}
