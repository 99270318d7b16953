// Approvals may take days: whatever of a registry may not have changed meanwhile is seen, on both sides of read-only.

import { expect, it } from 'vitest';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { state } from '../../test/workflows/fake-activities.ts';
import { changesOf } from './as-planned.ts';

const [first, second] = state.replicas as [RegistryState['replicas'][0], RegistryState['replicas'][0]];
const task = { id: 'j1', action: 'onlinegc', status: 'running', collects: true };

it('finds nothing where nothing has changed', () => {
  expect(changesOf(state, state, false)).toEqual([]);
  expect(changesOf(state, { ...state, readOnly: true, replicas: [second, first] }, true)).toEqual([]);
});

it.each<[string, Partial<RegistryState>, string]>([
  ['another version', { version: '2.8.0' }, 'its version was "2.7.9" and is "2.8.0"'],
  ['another storage', { storage: { driver: 's3', fields: {}, volume: '' } }, 'its storage was'],
  ['a replica fewer', { replicas: [first] }, 'its replicas was'],
  ['a replica that is ill', { replicas: [first, { ...second, healthy: false, message: 'dead' }] }, '(dead)'],
  [
    'collection that is on again',
    { collection: { words: ['onlinegc @daily'], value: [] } },
    'onlinegc @daily',
  ],
  ['a task that runs', { runningTasks: [task] }, 'task onlinegc (j1) is running'],
])('sees %s', (_what, changed, words) => {
  for (const readOnly of [false, true]) {
    const changes = changesOf(state, { ...state, readOnly, ...changed }, readOnly);
    expect(changes).toEqual([expect.stringContaining(words)]);
  }
});

it('sees who has turned read-only on or off', () => {
  expect(changesOf(state, { ...state, readOnly: true }, false)).toHaveLength(1);
  expect(changesOf(state, { ...state, readOnly: false }, true)).toHaveLength(1);
});
