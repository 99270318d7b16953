// What was said to an operation and what came of it. What people do is few and kept whole; what was refused may come in
// any number from anybody, so the first of it is kept and the rest is counted: a trail that grows without end would make
// the status too large to be asked for, and the report too large to be written. The rest is for the journal, shortened, in
// batches that Temporal takes, and no more of it than Temporal itself lets in by default.

import type { AuditEntry } from '../../contracts/operation.ts';
import { shortened } from '../../domain/text/plain-text.ts';

const MAX_REFUSED = 50;
/** Temporal takes no more signals of one run (`history.maximumSignalsPerExecution`). */
const MAX_UNLISTED = 10_000;
/** Of each field, so that an entry has 5 kB at most; of a request Temporal takes 2 MB. */
const MAX_UNLISTED_CHARACTERS = 200;
export const UNLISTED_IN_BATCH = 250;

export type AuditTrail = {
  record(entry: Omit<AuditEntry, 'at'>): void;
  /** The last time that this happened. */
  last(event: AuditEntry['event']): AuditEntry | undefined;
  /** Those that are counted alone. */
  readonly unlisted: readonly AuditEntry[];
};

/** `entries` are written to. */
export function createAuditTrail(entries: AuditEntry[], now: () => string): AuditTrail {
  const unlisted: AuditEntry[] = [];
  let refused = 0;
  let counter: AuditEntry | undefined;
  const countRefused = (entry: AuditEntry): void => {
    const more = refused - MAX_REFUSED;
    if (counter === undefined) {
      counter = { at: now(), question: '', planDigest: '', event: 'refused' };
      entries.push(counter);
    }
    counter.at = now();
    counter.reason = `${more} more refused decisions are not listed here; the journal has them when the report is written, and Temporal's history of the workflow as they came.`;
    if (unlisted.length < MAX_UNLISTED) unlisted.push(short(entry));
  };
  return {
    unlisted,
    record(entry) {
      if (entry.event === 'refused') refused += 1;
      if (entry.event === 'refused' && refused > MAX_REFUSED) countRefused({ at: now(), ...entry });
      else entries.push({ at: now(), ...entry });
    },
    last: (event) => entries.findLast((entry) => entry.event === event),
  };
}

const short = (entry: AuditEntry): AuditEntry =>
  Object.fromEntries(
    Object.entries(entry).map(([field, text]) => [field, shortened(text, MAX_UNLISTED_CHARACTERS)]),
  ) as AuditEntry;
