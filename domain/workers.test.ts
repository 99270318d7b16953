// What workers say of themselves is read back, and what does not fit together is found.

import { expect, test } from 'vitest';
import { findingsOf, identityOf, isThere, workersOf } from './workers.ts';

const AT = '2026-03-01T10:00:00.000Z';
const poll = (process: string, inventory: string, taskQueue = 'transship', lastSeen = AT) => ({
  taskQueue,
  identity: identityOf(process, 'b1', inventory),
  lastSeen,
});

const both = (process: string, inventory: string) =>
  ['transship', 'transship-window'].map((queue) => poll(process, inventory, queue));

test('a worker is one, with all its queues and the last time', () => {
  const later = '2026-03-01T10:01:00.000Z';
  const [one, other, ...none] = workersOf([
    poll('n1:7', 'i1'),
    poll('n1:7', 'i1', 'transship-window', later),
    { taskQueue: 'transship', identity: 'somebody@else', lastSeen: AT },
  ]);
  expect(one).toEqual({
    process: 'n1:7',
    build: 'b1',
    inventory: 'i1',
    taskQueues: ['transship', 'transship-window'],
    lastSeen: later,
  });
  expect(other).toMatchObject({ process: 'somebody@else', build: null, inventory: null });
  expect(none).toEqual([]);
  expect([isThere(one!, Date.parse(later) + 60_000), isThere(one!, Date.parse(later) + 90_000)]).toEqual([
    true,
    false,
  ]);
});

test('two inventories are found, and a queue that nobody takes', () => {
  expect(findingsOf(workersOf([...both('n1:7', 'i1'), ...both('n2:8', 'i1')]), ['transship'])).toEqual([]);
  const found = findingsOf(workersOf([...both('n1:7', 'i1'), ...both('n2:8', 'i2')]), [
    'transship',
    'transship@rack-2',
  ]);
  expect(found).toEqual([
    expect.stringContaining('(i1: n1:7; i2: n2:8)'),
    'No worker takes the task queue transship-window@rack-2: start one there with --bound-to rack-2.',
  ]);
});
