// Whatever changed between the plan and the point of no return is named, and nothing else.

import { expect, it } from 'vitest';
import type { RegistryState } from '../../contracts/registry-activities.ts';
import { state } from '../../test/workflows/fake-activities.ts';
import { changesOf } from './as-planned.ts';

it('finds nothing in a registry that is as it was', () => {
  expect(changesOf(state, state, false)).toEqual([]);
  const turned = { ...state, replicas: state.replicas.toReversed(), readOnly: true };
  expect(changesOf(state, turned, true)).toEqual([]);
});

it.each<[string, Partial<RegistryState>]>([
  ['its version', { version: '2.8.0' }],
  ['its storage', { storage: { ...state.storage, volume: 'other' } }],
  ['its replicas', { replicas: state.replicas.slice(1) }],
  [
    'is not healthy (gone)',
    { replicas: state.replicas.map((one) => ({ ...one, healthy: false, message: 'gone' })) },
  ],
  [
    'garbage collection on again (onlinegc 0 0 1 * * 6)',
    { collection: { words: ['onlinegc 0 0 1 * * 6'], value: [] } },
  ],
  [
    'task tagmigration (t1) is running',
    { runningTasks: [{ id: 't1', action: 'tagmigration', status: 'running', collects: false }] },
  ],
  ['somebody has set it read-only', { readOnly: true }],
])('names %s', (words, change) => {
  expect(changesOf(state, { ...state, ...change }, false).join()).toContain(words);
});

it('sees another bootstrapper by its flags, and takes one that does not answer for what it is', () => {
  const planned = { ...state, tool: { flags: ['reinitialize-storage'] } };
  const other = { ...state, tool: { flags: ['storage-migrated'] } };
  expect(changesOf(planned, other, false).join()).toContain('its own tool');
  for (const tool of [planned.tool, { problem: 'is away' }])
    expect(changesOf(planned, { ...state, tool }, false)).toEqual([]);
  expect(changesOf({ ...state, tool: { problem: 'was away' } }, planned, false)).toEqual([]);
});

it('sees that somebody has turned read-only off inside the window', () => {
  expect(changesOf(state, state, true)).toEqual(['somebody has turned read-only off']);
});
