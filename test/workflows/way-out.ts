// What has to have happened at the end of every migration that opened its window.

import { expect } from 'vitest';

/** What comes between the way out and the end, or in it, and says nothing of it. */
const BESIDE = ['writeCanaries pushed', 'verifyImages', 'writeRefusals'];

/** The way out was taken, with the schedule coming back beside it or behind it, and the report is the last thing. */
export function expectWayOut(all: string[]): void {
  const calls = all.filter((call) => !BESIDE.includes(call));
  expect(calls.slice(-6, -3).sort()).toEqual(['proveWritable', 'resumeCollection', 'setReadOnly false']);
  expect(calls.lastIndexOf('proveWritable')).toBeGreaterThan(calls.lastIndexOf('setReadOnly false'));
  expect(calls.slice(-3)).toEqual(['removeCanaries', 'releaseDestination', 'writeReport']);
}
