// The inventory's section `copying`: how hard each worker may copy, and when. Everything in it has a default.

import { z } from 'zod';
import { byteRate, timezone } from './fields.ts';

const MOST_IN_FLIGHT = 1024;
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

const inFlight = z.int().min(1).max(MOST_IN_FLIGHT);
const time = z.string().regex(TIME, 'must be a time such as "08:30", from "00:00" to "23:59"');

const concurrency = z
  .strictObject({
    min: inFlight.default(1).describe('The copy never goes below this.'),
    max: inFlight.default(64).describe('The copy never goes above this.'),
  })
  .refine(({ min, max }) => min <= max, { path: ['min'], message: 'must not be greater than max' })
  .prefault({});

const row = z.strictObject({
  days: z.array(z.enum(DAYS)).default([]).describe('`mon` to `sun`. Empty: every day.'),
  from: time.describe('Start, `"HH:MM"` in `timezone`.'),
  to: time.describe('End, exclusive. Not after `from`: on the next day.'),
  bandwidth: byteRate.describe('Limit in this time, e.g. `200MiB/s`; `null`: none.'),
});

export const copying = z
  .strictObject({
    concurrency: concurrency.describe(
      'Objects in flight on one worker: the copy finds the best number between these.',
    ),
    bandwidth: byteRate
      .default(null)
      .describe(
        'Limit of each worker while the registry is in use, e.g. `50MiB/s`; `null`: none. The final delta has none.',
      ),
    timetable: z
      .array(row)
      .default([])
      .describe('Other limits at certain times: the first row that holds now replaces `bandwidth`.'),
    timezone: timezone.default('UTC').describe('IANA name of the time zone of the timetable.'),
    yieldAtSlowdown: z
      .number()
      .gt(1, 'must be greater than 1, or null for never')
      .nullable()
      .default(2)
      .describe(
        'Copying slows down while the registry takes this many times longer to answer than before; `null`: never.',
      ),
  })
  .prefault({});
