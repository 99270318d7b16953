// What is followed without a terminal is told once, line by line.

import { describe, expect, test } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { aStatus, T0, WAITING } from '../../../test/client/statuses.ts';
import { createView } from './view.ts';

describe('a view without a terminal', () => {
  test('prints changes at once and progress every ten seconds', () => {
    const io = recordedIo();
    const view = createView(io, false);
    view.show(aStatus(), true, T0, []);
    view.show(aStatus(), true, T0 + 1000, []);
    view.show(aStatus(), true, T0 + 2000, []);
    view.show(aStatus(), true, T0 + 12_000, []);
    view.show(aStatus({ waitingFor: WAITING }), true, T0 + 13_000, []);
    view.show(aStatus({ waitingFor: WAITING }), false, T0 + 14_000, []);
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

  test('tells of a pause when it begins, and no progress of its own every second', () => {
    const io = recordedIo();
    const view = createView(io, false);
    const paused = { by: 'ops', at: '2026-03-01T10:00:00.000Z', holds: true };
    for (const at of [T0, T0 + 1000]) view.show(aStatus({ child: null, paused }), true, at, []);
    view.show(aStatus({ child: null, paused: null }), true, T0 + 2000, []);
    expect(io.stderr().split('\n')).toEqual([
      '10:00:00 copying: 3. Copy while the registry is in use',
      '10:00:00 paused   since 2026-03-01T10:00:00.000Z by ops',
      '10:00:00          nothing of it runs now; let it go on with: transship resume prod',
      '10:00:02 copying: 3. Copy while the registry is in use',
      '',
    ]);
  });

  test('with --json prints each change once, on stdout', () => {
    const io = recordedIo();
    const view = createView(io, true);
    for (const status of [aStatus(), aStatus(), aStatus({ phase: 'window' })])
      view.show(status, true, T0, []);
    const events = io
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { status: { phase: string } });
    expect(events.map(({ status }) => status.phase)).toEqual(['copying', 'window']);
  });
});
