// The input of a workflow on its way to the activity that checks it. It may be anything; what is too large or too deep for
// the way could not even be refused, and would hold the workflow's id for ever.

import type { Unreadable } from '../../contracts/operation.ts';

const MAX_CHARACTERS = 64 * 1024;

export function passable(argument: unknown): unknown {
  try {
    if ((JSON.stringify(argument) ?? '').length <= MAX_CHARACTERS) return argument;
    return { unreadable: `it has more than ${MAX_CHARACTERS} characters` } satisfies Unreadable;
  } catch {
    return { unreadable: 'it is nested too deeply' } satisfies Unreadable;
  }
}
