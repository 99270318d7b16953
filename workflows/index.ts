// Every workflow that a worker offers; the only barrel of the project, because Temporal wants one module.

export { bestPracticeMigration } from './migration/best-practice-migration.ts';
export { readOnlyMigration } from './migration/read-only-migration.ts';
export { returnToPreviousStorage } from './migration/return-to-previous-storage.ts';
export { copyPass } from './migration/copy-pass.ts';
export { scheduledRun } from './operation/scheduled-run.ts';
export { backupRegistry } from './backup/back-up-registry.ts';
export { restoreRegistry } from './backup/restore-registry.ts';
export { verifyBackup } from './backup/verify-backup.ts';
