// The kinds of values that stand in many places of the inventory. What a mistake says of a value never shows it: a secret
// may have been written there.

import { z } from 'zod';
import { parseByteRate } from '../../domain/bytes.ts';
import { isTimeZone } from '../../domain/calendar/wall-clock.ts';
import { parseDuration } from '../../domain/duration.ts';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export const name = z
  .string()
  .regex(NAME, 'a name has lower-case letters, digits, dots, dashes and underscores, at most 63');
/** Nothing that the inventory names has one, and what reads it next may take it for an end. */
const CONTROL = /\p{Cc}/u;
const WITHOUT_CONTROLS = 'must not hold control characters';

const plain = z.string().refine((value) => !CONTROL.test(value), WITHOUT_CONTROLS);
export const text = plain.min(1, 'must not be empty');
export const absolutePath = plain.startsWith('/', 'must be an absolute path');

/** Where a host keeps what is ours. */
export const stateDir = absolutePath.default('/var/lib/transship');

const url = (problemOf: (value: string) => string | undefined) =>
  z.string().superRefine((value, context) => {
    const problem = problemOf(value);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  });

/** An http or https URL without credentials or query. */
export const serviceUrl = url(serviceUrlProblem);

/** The same of a server: without a path as well. */
export const serverUrl = url(
  (value) =>
    serviceUrlProblem(value) ??
    (new URL(value).pathname === '/' ? undefined : 'must end after the host and port'),
);

function serviceUrlProblem(value: string): string | undefined {
  // What a URL may hold around it is taken away by those who read it, some of them.
  if (/[\s\p{Cc}]/u.test(value)) return 'must hold no white space and no control characters';
  if (!URL.canParse(value)) return 'must be a URL such as https://registry.example.com';
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return 'must be a URL that starts with https:// or http://';
  if (url.username || url.password)
    return 'must not hold credentials: they have their own fields, as references';
  if (url.search || url.hash) return 'must hold no query and no fragment';
  return undefined;
}

export const duration = z.string().transform((value, context) => {
  const milliseconds = parseDuration(value);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({
    code: 'custom',
    message: 'must be a duration such as 30m, 12h or 7d, of at most a year',
  });
  return z.NEVER;
});

export const timezone = z
  .string()
  .refine(isTimeZone, 'must be the name of a time zone such as Europe/Berlin');

/** Bytes per second; null: no limit. */
export const byteRate = z
  .string()
  .transform((value, context) => {
    const rate = parseByteRate(value);
    if (rate !== undefined) return rate;
    context.addIssue({ code: 'custom', message: 'must be a rate such as 50MiB/s, or null for no limit' });
    return z.NEVER;
  })
  .nullable();

export const secret = z
  .union(
    [
      z.strictObject({
        env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable'),
      }),
      z.strictObject({ file: text }),
      z.strictObject({ command: z.array(text).min(1) }),
    ],
    {
      error: (issue) =>
        typeof issue.input === 'string' || typeof issue.input === 'number'
          ? 'a secret stands here in clear: write a reference, { env: NAME }, { file: PATH } or { command: [WORD, …] }'
          : 'must be a reference to a secret: { env: NAME }, { file: PATH } or { command: [WORD, …] }',
    },
  )
  .describe(
    'Reference to a secret: `{ env: NAME }`, `{ file: PATH }` (relative to the inventory) or `{ command: [WORD, …] }`. Never the secret itself.',
  );
