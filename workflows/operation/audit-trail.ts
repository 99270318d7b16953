// What was said to an operation and what came of it. What people do is few and kept whole; what was refused may come in
// any number from anybody, so the first of it is kept and the rest is counted: a trail that grows without end would make
// the status too large to be asked for, and the report too large to be written.

import type { AuditEntry } from '../../contracts/operation.ts';

const MAX_REFUSED = 50;

export type AuditTrail = {
  record(entry: Omit<AuditEntry, 'at'>): void;
  /** The last time that this happened. */
  last(event: AuditEntry['event']): AuditEntry | undefined;
};

/** `entries` are written to. */
export function createAuditTrail(entries: AuditEntry[], now: () => string): AuditTrail {
  let refused = 0;
  let counter: AuditEntry | undefined;
  const countRefused = (): void => {
    const more = refused - MAX_REFUSED;
    if (counter === undefined) {
      counter = { at: now(), question: '', planDigest: '', event: 'refused' };
      entries.push(counter);
    }
    counter.at = now();
    counter.reason = `${more} more refused decisions are not listed here; Temporal's history of the workflow has them.`;
  };
  return {
    record(entry) {
      if (entry.event === 'refused') refused += 1;
      if (entry.event === 'refused' && refused > MAX_REFUSED) countRefused();
      else entries.push({ at: now(), ...entry });
    },
    last: (event) => entries.findLast((entry) => entry.event === event),
  };
}
