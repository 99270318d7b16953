import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createRegistryWatch } from './registry-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A registry that answers after so many milliseconds, or not at all. */
function registry() {
  const state = { answersAfterMs: 50, asked: 0, opened: 0, closed: 0, fails: false };
  const open = () => {
    state.opened += 1;
    return Promise.resolve({
      ask: async (): Promise<void> => {
        state.asked += 1;
        await new Promise((resolve) => {
          setTimeout(resolve, state.answersAfterMs);
        });
        if (state.fails) throw new Error('503');
      },
      close: () => {
        state.closed += 1;
        return Promise.resolve();
      },
    });
  };
  return { state, open };
}

it('asks every second while somebody copies, and only then', async () => {
  const { state, open } = registry();
  const watch = createRegistryWatch(open, 2);
  const begun = Promise.all([watch.begin(), watch.begin()]);
  await vi.advanceTimersByTimeAsync(60);
  await begun;
  expect(state).toMatchObject({ opened: 1, asked: 1 });
  watch.end();
  await vi.advanceTimersByTimeAsync(5000);
  expect(state.asked).toBeGreaterThanOrEqual(5);
  watch.end();
  await vi.advanceTimersByTimeAsync(2000);
  expect(state.closed).toBe(1);
  const { asked } = state;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.asked).toBe(asked);
});

it('sees that users wait and that they do no longer, by a baseline that outlives the copying', async () => {
  const { state, open } = registry();
  const watch = createRegistryWatch(open, 2);
  void watch.begin();
  await vi.advanceTimersByTimeAsync(3000);
  watch.end();
  await vi.advanceTimersByTimeAsync(3000);

  state.answersAfterMs = 150;
  void watch.begin();
  await vi.advanceTimersByTimeAsync(5000);
  expect(watch.wait()).toBe(true);
  state.answersAfterMs = 60;
  await vi.advanceTimersByTimeAsync(2500);
  expect(watch.wait()).toBe(false);
  watch.end();
});

it('takes no answer, and a refusal, for a slow one', async () => {
  for (const trouble of [{ answersAfterMs: 60_000 }, { fails: true }]) {
    const { state, open } = registry();
    const watch = createRegistryWatch(open, 2);
    void watch.begin();
    await vi.advanceTimersByTimeAsync(3000);
    expect(watch.wait()).toBe(false);
    Object.assign(state, trouble);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(watch.wait()).toBe(true);
    watch.end();
  }
});

it('tells who begins that the registry cannot be reached at all, and tries again', async () => {
  const { open } = registry();
  let broken = true;
  const watch = createRegistryWatch(() => (broken ? Promise.reject(new Error('no CA')) : open()), 2);
  await expect(watch.begin()).rejects.toThrow('no CA');
  broken = false;
  const begun = watch.begin();
  await vi.advanceTimersByTimeAsync(100);
  await begun;
  watch.end();
});
