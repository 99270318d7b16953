// A status as the query answers it; tests change what they are about.

import type { MigrationStatus } from '../../contracts/migration.ts';

/** The time at which tests look. */
export const T0 = Date.parse('2026-03-01T10:00:00Z');
export const WAITING = {
  id: 'window#2',
  topic: 'window',
  planDigest: 'sha256:p',
  until: '2026-03-02T10:00:00.000Z',
  text: 'Open it?',
};

export const aStatus = (changes: Partial<MigrationStatus> = {}): MigrationStatus => ({
  kind: 'migration',
  subject: { kind: 'registry', name: 'prod' },
  title: 'prod → s3-prod (best-practice)',
  phase: 'copying',
  step: { id: 'copy', number: 3, title: 'Copy while the registry is in use' },
  planDigest: 'sha256:p',
  waitingFor: null,
  progress: { objects: { done: 250, total: 1000 }, bytes: { done: 512 * 1024, total: 1024 * 1024 } },
  progressOf: 'pass 1',
  child: 'registry-prod/pass-1',
  window: { openedAt: null, closedAt: null, budgetMs: 1_800_000 },
  audit: [],
  problem: null,
  report: null,
  details: { path: 'best-practice', registry: 'prod', destination: 's3-prod', pass: 1 },
  ...changes,
});
