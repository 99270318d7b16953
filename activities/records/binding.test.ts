// A name that means another place than the plan said is seen; what may be mended while a migration runs is not in the way.

import { expect, it } from 'vitest';
import type { Inventory } from '../../contracts/inventory.ts';
import { named } from '../../test/workflows/fake-activities.ts';
import { DEFAULT_COPYING } from '../../test/copying/copying-policy.ts';
import { bindingOf, changedSince } from './binding.ts';
import { repositoriesOn } from '../../test/support/repositories.ts';

const host = (address: string) => ({
  address,
  port: 22,
  user: 'root',
  key: { file: 'key' },
  hostKeys: ['ssh-ed25519 AAAA'],
  stateDir: '/var/lib/transship',
});

const inventory = {
  registries: { prod: named.entry },
  hosts: { node1: host('10.0.0.1'), node2: host('10.0.0.2'), elsewhere: host('10.0.0.9') },
  storages: {
    'prod-volume': named.source,
    's3-prod': { ...named.destination, secretkey: { env: 'KEY' } },
    journal: { kind: 'filesystem', path: '/journal' },
    other: { kind: 'filesystem', path: '/other' },
  },
  journal: 'journal',
  repositories: repositoriesOn('journal'),
  backups: 'main',
  approvals: {} as Inventory['approvals'],
  copying: DEFAULT_COPYING,
  schedules: {},
} as Inventory;

const binding = bindingOf(inventory, { registry: 'prod', source: 'prod-volume', destination: 's3-prod' });
const after = (change: (changed: Inventory) => void): string[] => {
  const changed = structuredClone(inventory);
  change(changed);
  return changedSince(changed, binding);
};
const s3 = (changed: Inventory): Record<string, unknown> =>
  changed.storages['s3-prod'] as unknown as Record<string, unknown>;

it('holds while nothing changes', () => {
  expect(after(() => undefined)).toEqual([]);
  expect(Object.keys(binding).sort()).toEqual([
    'backups',
    'host/node1',
    'host/node2',
    'journal',
    'registry/prod',
    'storage/prod-volume',
    'storage/s3-prod',
  ]);
});

it.each<[string, (changed: Inventory) => void]>([
  ['storage/s3-prod', (changed) => Object.assign(s3(changed), { bucket: 'someone-elses' })],
  ['storage/s3-prod', (changed) => Object.assign(s3(changed), { regionendpoint: 'https://other' })],
  ['storage/s3-prod', (changed) => delete changed.storages['s3-prod']],
  ['storage/prod-volume', (changed) => Object.assign(changed.storages['prod-volume']!, { volume: 'old' })],
  ['registry/prod', (changed) => Object.assign(changed.registries['prod']!, { url: 'https://other' })],
  ['registry/prod', (changed) => changed.registries['prod']!.replicas.pop()],
  ['host/node2', (changed) => Object.assign(changed.hosts['node2']!, { address: '10.0.0.7' })],
  ['journal', (changed) => Object.assign(changed.storages['journal']!, { path: '/elsewhere' })],
])('sees that %s is another one', (what, change) => {
  expect(after(change)).toContain(what);
});

it.each<[string, (changed: Inventory) => void]>([
  ['a reference to a secret', (changed) => Object.assign(s3(changed), { secretkey: { file: 'new-key' } })],
  ['a pinned host key', (changed) => Object.assign(changed.hosts['node1']!, { hostKeys: ['ssh-rsa BBBB'] })],
  ['where the registry is', (changed) => Object.assign(changed.registries['prod']!, { storage: 's3-prod' })],
  ['what no plan rests on', (changed) => Object.assign(changed.hosts['elsewhere']!, { address: '10.0.0.8' })],
])('is not in the way of mending %s', (_what, change) => {
  expect(after(change)).toEqual([]);
});
