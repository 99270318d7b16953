// What every test does that is about the window; apart from the rig, which installs a runtime when it is imported.

import type { RunningMigration } from './rig.ts';

/** Approves the plan and the window. */
export async function openWindow(migration: RunningMigration): Promise<void> {
  await migration.decide('plan');
  await migration.decide('window');
}
