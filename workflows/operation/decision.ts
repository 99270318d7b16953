// A decision as it came, or a wish to pause, from anybody who reaches Temporal: read field by field, shown in one line with nothing hidden in
// it, and short. What is no text is empty, which no question takes.

import type { DecideAnswer, Decision, PauseRequest } from '../../contracts/operation.ts';
import { oneLine, shortened } from '../../domain/text/plain-text.ts';

/** Longest of each field; what people write is short, and the trail goes through status, report and history. */
const MAX_CHARACTERS = {
  question: 100,
  planDigest: 100,
  by: 200,
  choice: 100,
  comment: 1000,
  reason: 500,
} as const;
/** Of white space and of characters that cannot be seen (oneLine shows those) no name is made. */
const NO_NAME = /^[\s\uFFFD]*$/;

export type Outcome = DecideAnswer['outcome'];

export function decisionOf(argument: unknown): Decision {
  const comment = textOf(argument, 'comment');
  const choice = textOf(argument, 'choice');
  return {
    question: textOf(argument, 'question'),
    planDigest: textOf(argument, 'planDigest'),
    by: textOf(argument, 'by'),
    ...(choice !== '' && { choice }),
    ...(comment !== '' && { comment }),
  };
}

export function pauseRequestOf(argument: unknown): PauseRequest {
  const reason = textOf(argument, 'reason');
  return { by: textOf(argument, 'by'), ...(reason !== '' && { reason }) };
}

export const namesNobody = ({ by }: Pick<Decision, 'by'>): boolean => NO_NAME.test(by);

/** What an update asks for; undefined: neither. */
export function outcomeOf(argument: unknown): Outcome | undefined {
  const decision = fieldOf(argument, 'decision');
  if (decision === 'approve') return 'approved';
  return decision === 'reject' ? 'rejected' : undefined;
}

function textOf(argument: unknown, field: keyof typeof MAX_CHARACTERS): string {
  const value = fieldOf(argument, field);
  if (typeof value !== 'string') return '';
  // Cut twice, so that a text of megabytes is not read to its end.
  const most = MAX_CHARACTERS[field];
  return shortened(oneLine(shortened(value, 2 * most)).trim(), most);
}

const fieldOf = (argument: unknown, field: string): unknown =>
  typeof argument === 'object' && argument !== null && Object.hasOwn(argument, field)
    ? (argument as Record<string, unknown>)[field]
    : undefined;
