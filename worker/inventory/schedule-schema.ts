// The inventory's section `schedules`: what Temporal starts by itself, and when.

import { z } from 'zod';
import type { Procedure } from '../../contracts/schedule.ts';
import { PROCEDURES } from '../../contracts/schedule.ts';
import { parseCron } from '../../domain/calendar/cron.ts';
import { duration, name, text, timezone } from './fields.ts';

/** An outage of a night is made up for in the morning; one of a week begins no seven backups. */
const DEFAULT_CATCH_UP = '4h';
/** Temporal takes no shorter one. */
const LEAST_CATCH_UP_MS = 10_000;
/** It stands in Temporal's history with every run. */
const MAX_INPUT_CHARACTERS = 4096;

const calendar = z.string().superRefine((value, context) => {
  const parsed = parseCron(value);
  if ('problem' in parsed) context.addIssue({ code: 'custom', message: parsed.problem });
});

const input = z
  .record(z.string(), z.json())
  .refine((value) => !Object.hasOwn(value, 'registry'), 'must not name the registry again')
  .refine(
    (value) => JSON.stringify(value).length <= MAX_INPUT_CHARACTERS,
    `must have at most ${MAX_INPUT_CHARACTERS} characters`,
  );

export const schedule = z
  .strictObject({
    procedure: z.enum(Object.keys(PROCEDURES) as [Procedure]).describe('What is done.'),
    registry: name.describe('The registry that it is done to or for.'),
    calendar: calendar
      .optional()
      .describe(
        'When, as in a crontab, e.g. `30 1 * * *`: minute, hour, day of the month, month, day of the week.',
      ),
    every: duration
      .optional()
      .describe('In place of `calendar`: how often, e.g. `6h`, counted from midnight of 1970-01-01 in UTC.'),
    timezone: timezone.default('UTC').describe('IANA name of the time zone of `calendar`.'),
    jitter: duration.optional().describe('Each run begins up to this much later, by chance. Absent: none.'),
    catchUp: duration
      .prefault(DEFAULT_CATCH_UP)
      .refine((value) => value >= LEAST_CATCH_UP_MS, 'must be 10s at least')
      .describe('How late a run may begin; later it is missed.'),
    overlap: z
      .enum(['skip', 'wait'])
      .default('skip')
      .describe(
        'While another operation holds the registry a run is skipped, or waits as long as it may be late.',
      ),
    paused: z.boolean().default(false).describe('True: nothing begins.'),
    note: text.optional().describe('Why it is paused.'),
    input: input.default({}).describe('Further fields of the input of the workflow. No secrets.'),
  })
  .transform(({ every, jitter = 0, catchUp, ...others }) => ({
    ...others,
    ...(every !== undefined && { everyMs: every }),
    jitterMs: jitter,
    catchUpMs: catchUp,
  }));
