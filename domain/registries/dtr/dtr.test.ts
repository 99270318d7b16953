import { describe, expect, it } from 'vitest';
import { named, state } from '../../../test/workflows/fake-activities.ts';
import type { StorageEntry } from '../../../contracts/inventory.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import { findingText, isStopping } from '../../finding.ts';
import { dtr } from './dtr.ts';

const volume: StorageEntry = { kind: 'host', host: 'node1', volume: 'images' };
const nfs: StorageEntry = { kind: 'host', host: 'node1', nfs: { url: 'nfs://10.0.0.9/export' } };
const within: StorageEntry = { ...volume, subdirectory: 'below' };
const cloud = named.destination;

describe('the recipe', () => {
  it.each([
    ['a volume', volume, 'reconfigure-storage-migrated'],
    ['an export', nfs, 'reconfigure-storage-migrated'],
    ['a cloud storage', cloud, 'keep-metadata'],
    ['a folder within a volume', within, null],
    ['a folder of the worker', { kind: 'filesystem', path: '/x' } satisfies StorageEntry, null],
  ])('knows the way back to %s', (_what, source, back) => {
    expect(dtr.recipe('2.7.9', source, cloud, 'read-only')).toMatchObject({ switch: 'keep-metadata', back });
  });

  it('switches a restored registry to a cloud storage, and restores on a volume', () => {
    expect(dtr.recipe('2.7.9', volume, cloud, 'best-practice').afterBringUp).toBe('keep-metadata');
    expect(dtr.recipe('2.7.9', cloud, volume, 'best-practice').afterBringUp).toBeNull();
  });

  it('has no row for a folder that DTR cannot be told of', () => {
    expect(() => dtr.recipe('2.7.9', volume, within, 'best-practice')).toThrow(
      expect.objectContaining({ type: 'UnsupportedVersion' }),
    );
  });
});

const findings = (destination: StorageEntry, path: MigrationPath = 'read-only'): string =>
  dtr
    .preflight({
      path,
      entry: named.entry,
      state,
      source: { name: 'old', entry: volume, describe: 'old' },
      destination: { name: 'new', entry: destination, describe: 'new' },
    })
    .filter(isStopping)
    .map(findingText)
    .join();

describe('the preflight', () => {
  it('stops before a destination that DTR cannot be told of', () => {
    expect(findings({ kind: 'filesystem', path: '/x' })).toContain('a folder of the worker');
    expect(findings(within)).toContain('a folder within a named volume');
    for (const destination of [volume, nfs, cloud]) expect(findings(destination)).toBe('');
  });

  it.each([
    { kind: 'host', host: 'node1', volume: `dtr-registry-nfs-${state.replicas[0]!.id}` },
    { kind: 'host', host: 'node1', volume: `dtr-new-${state.replicas[1]!.id}` },
    {
      kind: 'host',
      host: 'node1',
      path: `/var/lib/docker/volumes/dtr-registry-${state.replicas[1]!.id}/_data`,
    },
  ] satisfies StorageEntry[])('stops before a destination that "destroy" would take along: %j', (entry) => {
    expect(findings(entry, 'best-practice')).toContain('"destroy" would remove it');
    expect(findings(entry, 'read-only')).toBe('');
  });

  it("lets a volume be that only looks like a replica's", () => {
    for (const volume of ['dtr-registry-new', 'images-000000000001', 'dtr-registry-00000000000f'])
      expect(findings({ kind: 'host', host: 'node1', volume }, 'best-practice')).toBe('');
  });
});
