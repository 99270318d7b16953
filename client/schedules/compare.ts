// What stands between an entry of the inventory and the schedule of that name in Temporal. Pure: it reads both and changes neither.

import type { ScheduleDescription } from '@temporalio/client';
import type { ScheduleEntry } from '../../contracts/schedule.ts';
import { type AppliedMemo, MEMO, noteOf, type OursMemo } from './declare.ts';
import { declaredFacts, digestOf, type Facts, liveFacts } from './facts.ts';

/** `memo`: what was applied last is not known any more. */
export type FieldDifference = { field: keyof Facts | 'paused' | 'memo'; inventory: string; temporal: string };

export type Compared = { name: string } & (
  | { standing: 'same' }
  /** The inventory has it, Temporal has not. */
  | { standing: 'missing' }
  /** `by`: what has changed since it was applied last. */
  | { standing: 'different'; by: 'inventory' | 'hand' | 'both'; fields: FieldDifference[] }
  /** Temporal has it, the inventory has it no longer. */
  | { standing: 'undeclared' }
  /** There is a schedule of this id that is none of ours. It is never touched. */
  | { standing: 'foreign' }
) & {
    /** Somebody paused it, and that stands until somebody resumes it. */
    pausedByHand: { note: string } | null;
  };

export const isOurs = ({ memo }: Pick<ScheduleDescription, 'memo'>): boolean =>
  typeof (memo?.[MEMO] as Partial<OursMemo> | undefined)?.schedule === 'string';

export function compare(
  name: string,
  entry: ScheduleEntry | undefined,
  live: ScheduleDescription | null,
): Compared {
  if (live === null) return { name, standing: 'missing', pausedByHand: null };
  if (!isOurs(live)) return { name, standing: 'foreign', pausedByHand: null };
  const pausedByHand = isPausedByHand(live) ? { note: live.state.note ?? '' } : null;
  if (entry === undefined) return { name, standing: 'undeclared', pausedByHand };

  const [declared, found] = [declaredFacts(name, entry), liveFacts(live)];
  const fields: FieldDifference[] = (Object.keys(declared) as (keyof Facts)[])
    .filter((field) => declared[field] !== found[field])
    .map((field) => ({ field, inventory: declared[field], temporal: found[field] }));
  const note = noteOf(entry);
  const applied = appliedTo(live);
  const { paused, note: liveNote = '' } = live.state;
  const stays = pausedByHand === null && paused && note === null;
  if ((applied !== null && applied.pausedNote !== note) || (note !== null && !paused) || stays)
    fields.push({
      field: 'paused',
      inventory: pausedText(note),
      temporal: pausedText(paused ? liveNote : null),
    });
  if (fields.length === 0 && applied?.digest !== digestOf(declared))
    fields.push({ field: 'memo', inventory: 'of this', temporal: applied === null ? 'none' : 'of another' });
  if (fields.length === 0) return { name, standing: 'same', pausedByHand };
  return { name, standing: 'different', by: changedBy(note, declared, found, live), fields, pausedByHand };
}

/** What the schedule is to be after it was applied: a pause by hand outlives it. */
export function stateAfter(
  entry: ScheduleEntry,
  live: ScheduleDescription | null,
): { paused: boolean; note?: string } {
  if (live !== null && isPausedByHand(live)) return { paused: true, note: live.state.note ?? '' };
  const note = noteOf(entry);
  return note === null ? { paused: false } : { paused: true, note };
}

function changedBy(
  note: string | null,
  declared: Facts,
  found: Facts,
  live: ScheduleDescription,
): 'inventory' | 'hand' | 'both' {
  const applied = appliedTo(live);
  const byHand = applied?.digest !== digestOf(found) || (applied.pausedNote !== null && !live.state.paused);
  const byInventory = applied?.digest !== digestOf(declared) || applied.pausedNote !== note;
  if (applied === null || !byInventory) return 'hand';
  return byHand ? 'both' : 'inventory';
}

/** Paused with another note than the inventory's: nobody but a person did that. */
const isPausedByHand = (live: ScheduleDescription): boolean =>
  live.state.paused && live.state.note !== appliedTo(live)?.pausedNote;

/** null: whoever changed it took even that away. */
function appliedTo({ action }: ScheduleDescription): AppliedMemo | null {
  const applied = action.memo?.[MEMO] as Partial<AppliedMemo> | undefined;
  return typeof applied?.digest === 'string'
    ? { digest: applied.digest, pausedNote: applied.pausedNote ?? null }
    : null;
}

const pausedText = (note: string | null): string => (note === null ? 'no' : `yes: ${note}`);
