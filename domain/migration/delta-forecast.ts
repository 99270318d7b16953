// How long the final delta will take, told from the passes so far. The registry refuses pushes for that long, so
// copying goes on online until the forecast fits the window.

import type { PassSummary } from '../../contracts/migration.ts';

/** The part of the window's budget that the final delta may take; the rest is for switching and verifying. */
export const DELTA_SHARE_OF_BUDGET = 0.25;
/** After so many passes that did not bring the forecast down, further ones will not either. */
const PASSES_WITHOUT_PROGRESS = 3;

/**
 * Milliseconds that one more pass would take if it began `idleMs` after the last one ended. Undefined before the
 * second pass: the first one copies everything and says nothing about what changes meanwhile.
 *
 * The last pass copied what had changed while the pass before it ran. What waits now has changed while the last
 * pass ran and since, so its copying is scaled by those times; the listing stays as long as it was.
 */
export function forecastDelta(passes: PassSummary[], idleMs: number): number | undefined {
  const last = passes.at(-1);
  const before = passes.at(-2);
  if (last === undefined || before === undefined) return undefined;
  const growth = (last.durationMs + idleMs) / Math.max(before.durationMs, 1);
  const copyShare = last.copiedBytes / Math.max(last.sourceBytes, 1);
  const copyMs =
    last.durationMs * Math.min(1, Math.max(copyShare, last.copiedObjects / Math.max(last.sourceObjects, 1)));
  return last.durationMs - copyMs + copyMs * growth;
}

export type CopyVerdict = 'copy-again' | 'fits' | 'no-progress';

/** What to do after a pass: copy again, open the window, or give up because it will never fit. */
export function judgePasses(passes: PassSummary[], windowBudgetMs: number): CopyVerdict {
  const forecast = forecastDelta(passes, 0);
  if (forecast === undefined) return 'copy-again';
  if (forecast <= windowBudgetMs * DELTA_SHARE_OF_BUDGET) return 'fits';
  const recent = passes.slice(-PASSES_WITHOUT_PROGRESS - 1).map((pass) => pass.durationMs);
  const stuck =
    recent.length > PASSES_WITHOUT_PROGRESS &&
    recent.slice(1).every((durationMs) => durationMs >= recent[0]! * 0.9);
  return stuck ? 'no-progress' : 'copy-again';
}
