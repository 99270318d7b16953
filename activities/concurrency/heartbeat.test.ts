// A heartbeat tells the server that work goes on, and ends where nothing moves.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { blobKey, putBlob } from '../../test/copying/registry-tree.ts';
import { IMPATIENT } from '../../test/support/impatient.ts';
import { copyObject } from '../copying/copy-object.ts';
import { openFilesystemStorage } from '../storage/filesystem/filesystem.ts';
import { withHeartbeat, type Meter } from './heartbeat.ts';

/** Counts the heartbeats of ten hours in which `work` waits for `wait`. */
async function beatsOf(work: (meter: Meter, wait: Promise<void>) => Promise<unknown>): Promise<number> {
  vi.useFakeTimers();
  const environment = new MockActivityEnvironment();
  let beats = 0;
  environment.on('heartbeat', () => (beats += 1));
  const { promise: wait, resolve: end } = Promise.withResolvers<void>();
  const measured = async (meter: Meter): Promise<void> => {
    const done = work(meter, wait);
    await vi.advanceTimersByTimeAsync(10 * 60 * 60 * 1000);
    end();
    await done;
  };
  await environment.run((() => withHeartbeat({ patience: IMPATIENT }, measured)) as never);
  return beats;
}

describe('a heartbeat', () => {
  const folders: string[] = [];
  const folder = async (): Promise<string> => {
    const path = await mkdtemp(join(tmpdir(), 'transship-heartbeat-'));
    folders.push(path);
    return path;
  };

  afterEach(async () => {
    vi.useRealTimers();
    for (const path of folders.splice(0)) await rm(path, { recursive: true });
  });

  test('ends after a quarter of an hour of stillness, and for a listing after four hours', async () => {
    expect(await beatsOf((_progress, wait) => wait)).toBe(15 * 60 - 1);
    expect(await beatsOf((meter, wait) => meter.patiently(wait))).toBe(4 * 60 * 60 - 1);
  });

  test('goes on while the bytes of one object flow', async () => {
    const [from, to] = [await folder(), await folder()].map((path) => openFilesystemStorage(path));
    const blob = randomBytes(3_000_000);
    const key = blobKey(await putBlob(from!, blob));
    let moves = 0;
    const meter: Meter = {
      signal: new AbortController().signal,
      patience: IMPATIENT,
      moved: () => (moves += 1),
      patiently: (waited) => waited,
    };
    await copyObject(from!, to!, { key, size: blob.length }, meter);
    expect(moves).toBeGreaterThanOrEqual(3);
  });
});
