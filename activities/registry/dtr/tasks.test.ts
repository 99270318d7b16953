// The states of a task (DTR calls it a job), as every release of DTR spells them.

import { expect, test } from 'vitest';
import { taskState } from './tasks.ts';

test('both spellings of task states are understood', () => {
  for (const status of ['waiting', 'running', 'cancel_request']) expect(taskState(status)).toBe('open');
  for (const status of ['errored', 'error', 'canceled', 'cancel', 'deleted'])
    expect(taskState(status)).toBe('failed');
  for (const status of ['worker_dead', 'worker_shutdown', 'worker_resurrection'])
    expect(taskState(status)).toBe('abandoned');
  expect(taskState('done')).toBe('succeeded');
});
