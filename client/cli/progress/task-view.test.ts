import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { createTaskView } from './task-view.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const MIB = 1024 ** 2;
const copying = (objects: number) => ({
  doing: 'copying',
  objects,
  ofObjects: 800,
  bytes: objects * MIB,
  ofBytes: 800 * MIB,
});

/** Two seconds of work at 100 objects a second. */
function work(view: ReturnType<typeof createTaskView>): void {
  for (let tenths = 0; tenths <= 20; tenths += 1) {
    vi.setSystemTime(1_000_000 + tenths * 1000);
    view.print(`line ${tenths}\n`);
    view.show(copying(tenths * 10));
  }
}

test('a terminal shows bars, rates and the time left; results do not run into the picture', () => {
  const io = recordedIo({ isTerminal: true });
  const order: string[] = [];
  vi.setSystemTime(1_000_000);
  const view = createTaskView(
    {
      ...io,
      out: (text) => (order.push('out'), io.out(text)),
      err: (text) => (order.push(text), io.err(text)),
    },
    false,
  );
  work(view);
  view.end();
  expect(io.stderr()).toMatch(/copying {2}\[█+░+\] +\d+ %  200 of 800 objects, 10\/s/);
  expect(io.stderr()).toMatch(/200 MiB of 800 MiB, 10\.0 MiB\/s, 1m left/);
  expect(io.stdout()).toMatch(/^line 0\nline 1\n.*line 20\n$/s);
  // Before each text the picture was taken away.
  const before = order.filter((_what, index) => index > 0 && order[index + 1] === 'out');
  expect(before).not.toEqual([]);
  expect(before.filter((what) => !what.endsWith('\u001B[0J'))).toEqual([]);
});

test('elsewhere a line comes now and then, and nothing with --json', () => {
  const io = recordedIo();
  const quiet = recordedIo();
  for (const [to, isQuiet] of [
    [io, false],
    [quiet, true],
  ] as const) {
    vi.setSystemTime(1_000_000);
    const view = createTaskView(to, isQuiet);
    work(view);
    view.end();
  }
  expect(io.stderr().split('\n')).toHaveLength(3);
  expect(io.stderr()).toContain('copying: 25 %, 200 of 800 objects, 200 MiB of 800 MiB');
  expect(quiet.stderr()).toBe('');
  expect(quiet.stdout()).toBe(io.stdout());
});
