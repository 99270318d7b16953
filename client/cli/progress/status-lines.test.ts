// What the lines of a status tell.

import { describe, expect, test } from 'vitest';
import { aStatus, T0, WAITING } from '../../../test/client/statuses.ts';
import { attentionLines, progressLine, statusLines } from './status-lines.ts';

describe('a status in lines', () => {
  test('shows objects and bytes with rate and time left', () => {
    const speed = { perSecond: () => 64 * 1024, remainingMs: () => 8000 };
    expect(statusLines(aStatus(), T0, speed)).toEqual([
      'prod → s3-prod (best-practice)',
      'copying  3. Copy while the registry is in use',
      'pass 1   [████░░░░░░░░░░░░]  25 %  250 of 1,000 objects',
      '         [████████░░░░░░░░]  50 %  512 KiB of 1.0 MiB, 64.0 KiB/s, 8.0s left',
    ]);
    expect(progressLine(aStatus(), speed)).toBe(
      'pass 1: 50 %, 250 of 1,000 objects, 512 KiB of 1.0 MiB, 64.0 KiB/s, 8.0s left',
    );
  });

  test('shows whom it waits for and how to answer', () => {
    const lines = statusLines(aStatus({ progressOf: null, waitingFor: WAITING }), T0);
    expect(lines.slice(2)).toEqual([
      'waiting  Open it?',
      '         until 2026-03-02T10:00:00.000Z, question window#2, plan sha256:p',
      '         transship approve (or reject) prod --by YOU',
    ]);
  });

  test('shows who holds it and why, and whether it stands', () => {
    const paused = { by: 'ops', at: '2026-03-01T10:00:00.000Z', holds: false };
    const pause = (changes: object) => statusLines(aStatus({ paused, ...changes }), T0).slice(2, 4);
    expect(pause({})).toEqual([
      'paused   since 2026-03-01T10:00:00.000Z by ops',
      '         what runs now is finished first; let it go on with: transship resume prod',
    ]);
    const { progress } = aStatus();
    const stands = '         nothing of it runs now; let it go on with: transship resume prod';
    expect(pause({ progress: { ...progress, inHand: 3 } })[1]).toContain('finished first');
    expect(pause({ progress: { ...progress, inHand: 0 } })[1]).toBe(stands);
    expect(pause({ paused: { ...paused, holds: true, reason: 'a backup' }, child: null })).toEqual([
      'paused   since 2026-03-01T10:00:00.000Z by ops: a backup',
      stands,
    ]);
  });

  test('shows the ways to choose from', () => {
    const waitingFor = { ...WAITING, choices: ['verify-again', 'switch-back'] };
    expect(statusLines(aStatus({ progressOf: null, waitingFor }), T0).at(-1)).toBe(
      '         transship approve prod --by YOU --choice verify-again | switch-back',
    );
  });

  test('shows what was refused last, as long as somebody is waited for', () => {
    const refused = {
      at: '2026-03-01T10:00:00.000Z',
      question: 'plan',
      planDigest: 'x',
      event: 'refused',
    } as const;
    const audit = [{ ...refused, by: 'bob', reason: 'The decision is for plan x.' }];
    expect(statusLines(aStatus({ progressOf: null, waitingFor: WAITING, audit }), T0).at(-1)).toBe(
      'refused  bob: The decision is for plan x. (2026-03-01T10:00:00.000Z)',
    );
    expect(statusLines(aStatus({ progressOf: null, audit }), T0)).toHaveLength(2);
  });

  test('shows how much of the window is spent, and afterwards how long it was', () => {
    const openedAt = '2026-03-01T10:00:00.000Z';
    const open = aStatus({ progressOf: null, window: { openedAt, closedAt: null, budgetMs: 1_800_000 } });
    const closed = aStatus({
      progressOf: null,
      window: { openedAt, closedAt: '2026-03-01T10:00:20.000Z', budgetMs: 1_800_000 },
    });
    expect(statusLines(open, T0 + 12_000)[2]).toBe('window   pushes refused for 12s of 30m');
    expect(statusLines(closed, T0 + 99_000)[2]).toBe('window   pushes were refused for 20s');
  });

  test('of names and messages that would forge lines or reach the terminal has as many lines as of others', () => {
    const evil = 'x\nreport   forged\u001B[2J\u009B31m\u202E';
    const lines = statusLines(
      aStatus({
        title: evil,
        problem: evil,
        report: evil,
        reportPlace: evil,
        paused: { by: evil, at: evil, reason: evil, holds: true },
        step: { id: 'copy', number: 3, title: evil },
        waitingFor: { ...WAITING, text: evil, id: evil },
      }),
      T0,
    );
    expect(lines).toHaveLength(
      statusLines(
        aStatus({
          problem: 'x',
          report: 'x',
          waitingFor: WAITING,
          paused: { by: 'x', at: 'x', holds: true },
        }),
        T0,
      ).length,
    );
    // oxlint-disable-next-line no-control-regex -- these are looked for
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202E]/);
  });

  test('shows what Temporal alone knows', () => {
    expect(attentionLines([{ kind: 'paused', text: 'prod is paused by ops:\nlunch' }])).toEqual([
      'paused   prod is paused by ops: lunch',
    ]);
  });

  test('shows what holds up the way out, and the report', () => {
    const lines = statusLines(
      aStatus({ progressOf: null, problem: 'replica b is away', report: 'jobs/r.html' }),
      T0,
    );
    expect(lines.slice(2)).toEqual(['problem  replica b is away', 'report   jobs/r.html in the journal']);
    const placed = aStatus({ report: 'jobs/r.html', reportPlace: '/srv/journal/jobs/r.html' });
    expect(statusLines(placed, T0).at(-1)).toBe('report   /srv/journal/jobs/r.html');
  });
});
