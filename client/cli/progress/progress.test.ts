import { describe, expect, test } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { aStatus } from '../../../test/client/statuses.ts';
import { renderBar } from './bar.ts';
import { createRateMeter } from './rate-meter.ts';
import { progressLine, statusLines } from './status-lines.ts';
import { createTerminal } from './terminal.ts';
import { createView } from './view.ts';

const T0 = Date.parse('2026-03-01T10:00:00Z');
const WAITING = {
  id: 'window#2',
  topic: 'window',
  planDigest: 'sha256:p',
  until: '2026-03-02T10:00:00.000Z',
  text: 'Open it?',
};

describe('a bar', () => {
  test.each([
    [0, 100, '[░░░░░░░░░░]   0 %'],
    [50, 100, '[█████░░░░░]  50 %'],
    [999, 1000, '[█████████░]  99 %'],
    [100, 100, '[██████████] 100 %'],
    [0, 0, '[░░░░░░░░░░]   0 %'],
    [120, 100, '[██████████] 100 %'],
  ])('of %i of %i', (done, total, expected) => {
    expect(renderBar(done, total, 10)).toBe(expected);
  });
});

describe('a rate', () => {
  test('and the time left come from the last 20 seconds', () => {
    const meter = createRateMeter();
    meter.add(0, 0);
    meter.add(30_000, 1000);
    meter.add(40_000, 2000);
    expect(meter.perSecond()).toBe(100);
    expect(meter.remainingMs(3000)).toBe(10_000);
  });

  test('is unknown at first, and the time left when nothing moves', () => {
    const meter = createRateMeter();
    meter.add(0, 5);
    expect(meter.perSecond()).toBeUndefined();
    meter.add(5000, 5);
    expect(meter.perSecond()).toBe(0);
    expect(meter.remainingMs(10)).toBeUndefined();
  });

  test('begins anew with the next pass', () => {
    const meter = createRateMeter();
    meter.add(0, 0);
    meter.add(10_000, 5000);
    meter.add(11_000, 0);
    expect(meter.perSecond()).toBeUndefined();
    meter.add(13_000, 400);
    expect(meter.perSecond()).toBe(200);
  });
});

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

  test('shows what holds up the way out, and the report', () => {
    const lines = statusLines(
      aStatus({ progressOf: null, problem: 'replica b is away', report: 'jobs/r.html' }),
      T0,
    );
    expect(lines.slice(2)).toEqual(['problem  replica b is away', 'report   jobs/r.html in the journal']);
  });
});

describe('the terminal', () => {
  test('goes back over what it drew, breaks lines at the width, and gives the cursor back', () => {
    const io = recordedIo({ width: 11 });
    const terminal = createTerminal(io);
    terminal.draw(['one', 'too long for it', 'unbreakable-word']);
    terminal.draw(['two']);
    terminal.end();
    expect(io.stderr()).toBe(
      [
        '\u001B[?25l\r\u001B[0Jone\ntoo long\n     for\n     it\nunbreakabl\n     e-wor\n     d\n',
        '\u001B[7A\r\u001B[0Jtwo\n',
        '\u001B[?25h',
      ].join(''),
    );
  });
});

describe('a view without a terminal', () => {
  test('prints changes at once and progress every ten seconds', () => {
    const io = recordedIo();
    const view = createView(io, false);
    view.show(aStatus(), true, T0);
    view.show(aStatus(), true, T0 + 1000);
    view.show(aStatus(), true, T0 + 2000);
    view.show(aStatus(), true, T0 + 12_000);
    view.show(aStatus({ waitingFor: WAITING }), true, T0 + 13_000);
    view.show(aStatus({ waitingFor: WAITING }), false, T0 + 14_000);
    expect(io.stderr().split('\n')).toEqual([
      '10:00:00 copying: 3. Copy while the registry is in use',
      '10:00:01 pass 1: 50 %, 250 of 1,000 objects, 512 KiB of 1.0 MiB',
      '10:00:12 pass 1: 50 %, 250 of 1,000 objects, 512 KiB of 1.0 MiB, 0 B/s',
      '10:00:13 copying: 3. Copy while the registry is in use',
      '10:00:13 waiting  Open it?',
      '10:00:13          until 2026-03-02T10:00:00.000Z, question window#2, plan sha256:p',
      '10:00:13          transship approve (or reject) prod --by YOU',
      '10:00:14 copying: 3. Copy while the registry is in use',
      '10:00:14 waiting  Open it?',
      '10:00:14          until 2026-03-02T10:00:00.000Z, question window#2, plan sha256:p',
      '10:00:14          transship approve (or reject) prod --by YOU',
      '10:00:14 no worker answers now; the operation goes on as soon as one is back',
      '',
    ]);
    expect(io.stdout()).toBe('');
  });

  test('with --json prints each change once, on stdout', () => {
    const io = recordedIo();
    const view = createView(io, true);
    for (const status of [aStatus(), aStatus(), aStatus({ phase: 'window' })]) view.show(status, true, T0);
    const events = io
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: { phase: string } });
    expect(events.map(({ status }) => status.phase)).toEqual(['copying', 'window']);
  });
});
