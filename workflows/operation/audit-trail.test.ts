// However many decisions are refused, status and report stay small and the journal gets what Temporal takes.

import { expect, test } from 'vitest';
import type { AuditEntry } from '../../contracts/operation.ts';
import { createAuditTrail, UNLISTED_IN_BATCH } from './audit-trail.ts';

test('what is not listed is kept for the journal, bounded in number and in length', () => {
  const entries: AuditEntry[] = [];
  const trail = createAuditTrail(entries, () => '2026-11-28T12:00:00.000Z');
  const long = '😀'.repeat(1_000);
  const refusal = { question: long, planDigest: long, by: long, choice: long, comment: long, reason: long };
  for (let sent = 0; sent < 11_000; sent += 1)
    trail.record({ ...refusal, event: 'refused', channel: 'signal' });
  expect(entries).toHaveLength(51);
  expect(entries.at(-1)!.reason).toContain('10950 more refused decisions');
  expect(trail.unlisted).toHaveLength(10_000);
  const batch = JSON.stringify(trail.unlisted.slice(0, UNLISTED_IN_BATCH));
  expect(Buffer.byteLength(batch)).toBeLessThan(2_000_000);
});
