// What runs by itself, as an inventory says it.

import { expect, test } from 'vitest';
import { GOOD_INVENTORY } from '../../test/support/inventory-file.ts';
import { checkInventory } from './load.ts';

const check = (schedules: string) => checkInventory(`${GOOD_INVENTORY}schedules:\n${schedules}`);

test('says when, how late and what, with defaults for the rest', () => {
  const checked = check(`  nightly: { procedure: backup, registry: prod, calendar: "30 1 * * *" }
  drill:
    procedure: rehearse
    registry: prod
    every: 7d
    timezone: Europe/Berlin
    jitter: 10m
    catchUp: 12h
    overlap: wait
    paused: true
    note: the sandbox is being built
    input: { sandbox: spare }
`);
  expect(checked).toHaveProperty('inventory.schedules', {
    nightly: {
      procedure: 'backup',
      registry: 'prod',
      calendar: '30 1 * * *',
      timezone: 'UTC',
      jitterMs: 0,
      catchUpMs: 4 * 3_600_000,
      overlap: 'skip',
      paused: false,
      input: {},
    },
    drill: {
      procedure: 'rehearse',
      registry: 'prod',
      everyMs: 7 * 86_400_000,
      timezone: 'Europe/Berlin',
      jitterMs: 600_000,
      catchUpMs: 12 * 3_600_000,
      overlap: 'wait',
      paused: true,
      note: 'the sandbox is being built',
      input: { sandbox: 'spare' },
    },
  });
});

test('every mistake of all schedules is told at once, each with its place', () => {
  const checked = check(`  Nightly: { procedure: backup, registry: prod, calendar: "0 1 * * *" }
  a: { procedure: restore, registry: elsewhere, calendar: "0 25 * * *", timezone: Mars/Olympus }
  b: { procedure: backup, registry: prod }
  c: { procedure: backup, registry: prod, calendar: "0 1 * * *", every: 1h, paused: true }
  d: { procedure: backup, registry: prod, every: 1h, note: why, catchUp: 5s, overlap: always, jitter: 0 }
  e: { procedure: backup, registry: prod, every: 1h, input: { registry: test }, cathUp: 1h }
`);
  expect('mistakes' in checked && checked.mistakes.map(({ path, problem }) => `${path}: ${problem}`)).toEqual(
    [
      'schedules.Nightly: a name has lower-case letters, digits, dots, dashes and underscores, at most 63',
      'schedules.a.procedure: must be backup or verify or rehearse or prune',
      'schedules.a.registry: there is no registry of this name under registries',
      'schedules.a.calendar: its hour cannot be read',
      'schedules.a.timezone: must be the name of a time zone such as Europe/Berlin',
      'schedules.b.calendar: is missing: calendar or every says when',
      'schedules.c.note: is missing: it says why it is paused',
      'schedules.c.every: must not stand beside calendar',
      'schedules.d.note: is for what is paused',
      'schedules.d.catchUp: must be 10s at least',
      'schedules.d.overlap: must be skip or wait',
      'schedules.d.jitter: must be a string',
      'schedules.e.input: must not name the registry again',
      'schedules.e.cathUp: unknown key',
    ],
  );
});
