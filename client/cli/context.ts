// What every command gets: the outside, and a place for its exit code.

import type { Exit } from './exit-codes.ts';
import type { Io } from './io.ts';

/** `json`: failures are JSON, too. */
export type Context = { io: Io; exit: Exit; json: boolean };
