import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CopyingPolicy } from '../../../contracts/inventory.ts';
import { createTuner } from './pace.ts';

const POLICY: CopyingPolicy = {
  concurrency: { min: 1, max: 4 },
  bandwidth: 1000,
  timetable: [],
  timezone: 'UTC',
  yieldAtSlowdown: 2,
};
const { signal } = new AbortController();
const calm = { wait: () => false };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Work that is seen to begin, and ends when it is told to. */
function works() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => (): Promise<string> => {
    begun.push(name);
    return new Promise((resolve) => {
      ends.set(name, () => resolve(name));
    });
  };
  return { begun, work, end: (name: string) => ends.get(name)!() };
}

describe('objects in flight', () => {
  it('are bounded over all who copy between the same storages', async () => {
    const tuner = createTuner(POLICY);
    const { begun, work, end } = works();
    const one = tuner.paceFor(null);
    const other = tuner.paceFor(calm);
    const all = ['a', 'b', 'c'].flatMap((name) => [
      one.inTurn(work(`one ${name}`), signal),
      other.inTurn(work(`other ${name}`), signal),
    ]);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['one a', 'other a', 'one b', 'other b']);
    end('other a');
    expect(await all[1]).toBe('other a');
    await vi.advanceTimersByTimeAsync(0);
    expect(begun.slice(4)).toEqual(['one c']);
  });

  it('are two at most of those in parts, and others go before', async () => {
    const pace = createTuner(POLICY).paceFor(null);
    const { begun, work } = works();
    for (const name of ['x', 'y', 'z']) void pace.inTurn(work(name), signal, { inParts: true });
    void pace.inTurn(work('small'), signal);
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['x', 'y', 'small']);
  });

  it('that wait give up when they are cancelled, and leave their place', async () => {
    const pace = createTuner({ ...POLICY, concurrency: { min: 1, max: 1 } }).paceFor(null);
    const { begun, work, end } = works();
    void pace.inTurn(work('first'), signal);
    const cancel = new AbortController();
    const waiting = pace.inTurn(work('cancelled'), cancel.signal);
    void pace.inTurn(work('last'), signal);
    cancel.abort(new Error('no more'));
    await expect(waiting).rejects.toThrow('no more');
    end('first');
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['first', 'last']);
  });

  it('become fewer when one fails or a server asks for it', async () => {
    const tuner = createTuner(POLICY);
    const pace = tuner.paceFor(null);
    await expect(pace.inTurn(() => Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
    await vi.advanceTimersByTimeAsync(1000);
    expect(tuner.limit()).toBe(2);
    const { work } = works();
    void pace.inTurn(work('other'), signal);
    pace.throttled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(tuner.limit()).toBe(1);
  });

  it('stop while users wait, and go on when they do not', async () => {
    const tuner = createTuner(POLICY);
    let slow = true;
    const pace = tuner.paceFor({ wait: () => slow });
    const { begun, work, end } = works();
    for (const name of ['a', 'b', 'c', 'd', 'e']) void pace.inTurn(work(name), signal).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(tuner.limit()).toBe(0);
    for (const name of ['a', 'b', 'c', 'd']) end(name);
    await vi.advanceTimersByTimeAsync(5000);
    expect(begun).not.toContain('e');
    slow = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(begun).toContain('e');
  });
});

describe('the bandwidth', () => {
  it('is that of the policy while the registry is in use, for all together, and none otherwise', async () => {
    const tuner = createTuner(POLICY);
    const inUse = [tuner.paceFor(calm), tuner.paceFor(calm)] as const;
    expect(inUse[0].spend(1000, signal)).toBeUndefined();
    let through = false;
    const waited = inUse[1].spend(1000, signal)!.then(() => (through = true));
    expect(tuner.paceFor(null).spend(1e9, signal)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(700);
    expect(through).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    await waited;
    expect(through).toBe(true);
  });

  it('is given up when the copy is cancelled', async () => {
    const pace = createTuner(POLICY).paceFor(calm);
    void pace.spend(10_000, signal);
    const cancel = new AbortController();
    const waiting = pace.spend(1, cancel.signal);
    cancel.abort();
    await expect(waiting).rejects.toThrow('abort');
  });
});
