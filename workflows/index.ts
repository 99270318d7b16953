// Every workflow that a worker offers; the only barrel of the project, because Temporal wants one module.

export { bestPracticeMigration } from './best-practice-migration.ts';
export { readOnlyMigration } from './read-only-migration.ts';
export { copyPass } from './copy-pass.ts';
