import { describe, expect, it } from 'vitest';
import { named, state } from '../../../test/workflows/fake-activities.ts';
import { said } from '../../../test/support/said.ts';
import type { StorageEntry } from '../../../contracts/inventory.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import { dtr } from './dtr.ts';

const volume: StorageEntry = { kind: 'host', host: 'node1', volume: 'images' };
const nfs: StorageEntry = { kind: 'host', host: 'node1', nfs: { url: 'nfs://10.0.0.9/export' } };
const within: StorageEntry = { ...volume, subdirectory: 'below' };
const cloud = named.destination;
const found = { version: '2.7.9', mode: 'online' } as const;

describe('the recipe', () => {
  it.each([
    ['a volume', volume, 'reconfigure-storage-migrated'],
    ['an export', nfs, 'reconfigure-storage-migrated'],
    ['a cloud storage', cloud, 'keep-metadata'],
    ['a folder within a volume', within, null],
    ['a folder of the worker', { kind: 'filesystem', path: '/x' } satisfies StorageEntry, null],
  ])('knows the way back to %s', (_what, source, back) => {
    expect(dtr.recipe(found, source, cloud, 'read-only')).toMatchObject({ switch: 'keep-metadata', back });
  });

  it('switches a restored registry to a cloud storage, and restores on a volume', () => {
    expect(dtr.recipe(found, volume, cloud, 'best-practice').afterBringUp).toBe('keep-metadata');
    expect(dtr.recipe(found, cloud, volume, 'best-practice').afterBringUp).toBeNull();
  });

  it('has no row for a folder that DTR cannot be told of', () => {
    expect(() => dtr.recipe(found, volume, within, 'best-practice')).toThrow(
      expect.objectContaining({ type: 'UnsupportedVersion' }),
    );
  });
});

const judge = (
  destination: StorageEntry,
  path: MigrationPath = 'read-only',
  seen = state,
  source: StorageEntry = volume,
) =>
  dtr.preflight({
    path,
    entry: named.entry,
    state: seen,
    source: { name: 'old', entry: source, describe: 'old' },
    destination: { name: 'new', entry: destination, describe: 'new' },
  });
const findings = (...move: Parameters<typeof judge>): string => said(judge(...move)).stops.join();
const warnings = (...move: Parameters<typeof judge>): string => said(judge(...move)).others.join();
const on = (server: string): StorageEntry => ({
  kind: 'host',
  host: 'node1',
  nfs: { url: `nfs://${server}/export` },
});
const single = { ...state, replicas: state.replicas.slice(0, 1) };

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

  it('warns of a server that is named, and of no address', () => {
    expect(warnings(on('filer.example.com'))).toContain('"filer.example.com", a name');
    for (const address of ['10.0.0.9', '[fd00::9]']) expect(warnings(on(address))).not.toContain('a name');
  });

  it('stops before a volume of its own where there are several replicas', () => {
    const own: StorageEntry = { ...volume, volume: 'dtr-registry-000000000001' };
    expect(findings(own)).toContain('Name a storage that they share');
    expect(findings(own, 'read-only', single)).toBe('');
    const nobodys: StorageEntry = { ...volume, volume: 'dtr-registry-00000000000f' };
    expect(findings(nobodys, 'read-only', single)).toBe('');
    expect(findings(nobodys, 'read-only', single, nfs)).toContain('no replica of this registry makes it');
    const onNfs = { ...single, storage: { ...state.storage, fields: { nfsHost: '10.0.0.9' } } };
    expect(findings(own, 'read-only', onNfs, nfs)).toBe('');
  });

  it('leaves by an empty URL only what the settings call NFS', () => {
    const own: StorageEntry = { ...volume, volume: 'dtr-registry-000000000001' };
    expect(findings(own, 'read-only', single, nfs)).toContain('name no server of NFS');
    expect(findings(own, 'read-only', single, volume)).toBe('');
  });

  it('warns of a volume that every node must have', () => {
    expect(warnings(volume)).toContain('"images" must be there');
    expect(warnings(volume, 'read-only', single)).not.toContain('must be there');
    expect(warnings(nfs)).not.toContain('must be there');
  });

  it.each(['2.9.0', '2.10.3'])('tells that %s wants an exact copy, and what differs', (version) => {
    expect(warnings(cloud, 'read-only', { ...state, version })).toContain(
      `an image of ours in ${named.entry.canaryRepository}`,
    );
    expect(warnings(cloud)).not.toContain('exact copy');
  });
});

const stepWords = (destination: StorageEntry, how: string): string =>
  dtr
    .steps({
      path: 'read-only',
      entry: named.entry,
      state,
      source: { name: 'old', entry: volume, describe: 'old' },
      destination: { name: 'new', entry: destination, describe: 'new' },
    })
    .switchStorage({ name: 'new', entry: destination, describe: 'new' }, how);

it('shows the command of each way as it will be run', () => {
  expect(stepWords(volume, 'reconfigure-storage-migrated')).toMatch(
    /--dtr-storage-volume images --storage-migrated/,
  );
  expect(stepWords(volume, 'reconfigure-exact-copy')).toMatch(/--dtr-storage-volume images --ucp-url/);
  expect(stepWords(volume, 'leave-nfs-storage-migrated')).toMatch(/--nfs-storage-url '' --storage-migrated/);
  for (const how of ['reconfigure-exact-copy', 'leave-nfs-exact-copy', 'reconfigure-storage-migrated'])
    expect(stepWords(nfs, how)).not.toContain('reinitialize');
});

it('shows the volume of an export that is made on the host of each replica', () => {
  const { rebuild } = dtr.steps({
    path: 'best-practice',
    entry: named.entry,
    state,
    source: { name: 'old', entry: volume, describe: 'old' },
    destination: {
      name: 'new',
      entry: { ...nfs, nfs: { url: 'nfs://10.0.0.9/export', options: 'rw,nfsvers=4' } },
      describe: 'new',
    },
  });
  const [first] = named.entry.replicas;
  expect(rebuild!.prepare!(first!.id)).toEqual([
    `(on ${first!.host}) docker volume create -o type=nfs -o o=addr=10.0.0.9,rw,nfsvers=4 -o device=:/export transship-nfs-10.0.0.9_2f_export`,
  ]);
  expect(rebuild!.bringUp(first!.id)).toContain('--dtr-storage-volume transship-nfs-10.0.0.9_2f_export');
});

it.each([
  [1, []],
  [2, [expect.stringContaining('A majority of 2 replicas is 2: no more of them can be lost than of 1')]],
  [3, []],
  [4, [expect.stringContaining('A majority of 4 replicas is 3: no more of them can be lost than of 3')]],
])('of %i replicas the plan says what an even number is worth', (members, warnings) => {
  const replicas = Array.from({ length: members }, (_, at) => ({
    ...state.replicas[0]!,
    id: `00000000000${at}`,
  }));
  expect(said(dtr.judgeState({ ...state, replicas })).others).toEqual(warnings);
});
