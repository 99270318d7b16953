// The states of a job, as every release of DTR spells them.

import { expect, test } from 'vitest';
import { jobState } from './jobs.ts';

test('both spellings of job states are understood', () => {
  for (const status of ['waiting', 'running', 'cancel_request']) expect(jobState(status)).toBe('open');
  for (const status of ['errored', 'error', 'canceled', 'cancel', 'deleted'])
    expect(jobState(status)).toBe('failed');
  for (const status of ['worker_dead', 'worker_shutdown', 'worker_resurrection'])
    expect(jobState(status)).toBe('abandoned');
  expect(jobState('done')).toBe('succeeded');
});
