import { describe, expect, it } from 'vitest';
import type { StorageEntry } from '../../../contracts/inventory.ts';
import type { MigrationPath } from '../../../contracts/names.ts';
import type { Found } from '../product.ts';
import { bootstrapperImage } from './lines.ts';
import { chooseRecipe, wayBack } from './recipes.ts';
import { compareVersions, parseVersion } from './version.ts';

const host = { kind: 'host', host: 'node1' } as const;
const ENTRIES = {
  host: { ...host, volume: 'images' },
  own: { ...host, volume: 'dtr-registry-000000000001' },
  nfs: { ...host, nfs: { url: 'nfs://10.0.0.9/export' } },
  filesystem: { kind: 'filesystem', path: '/x' },
  s3: { kind: 's3' } as StorageEntry,
  azure: { kind: 'azure' } as StorageEntry,
  gcs: { kind: 'gcs' } as StorageEntry,
  swift: { kind: 'swift' } as StorageEntry,
} satisfies Record<string, StorageEntry>;
type To = keyof typeof ENTRIES;

const BOTH_FLAGS = { flags: ['nfs-storage-url', 'reinitialize-storage', 'storage-migrated'] };
const found = (version: string, more: Partial<Found> = {}): Found => ({ version, mode: 'online', ...more });

const choose = (version: string | Found, to: To, path: MigrationPath, from: To = 'host') =>
  chooseRecipe({
    found: typeof version === 'string' ? found(version, { tool: BOTH_FLAGS }) : version,
    from: ENTRIES[from],
    to: ENTRIES[to],
    path,
  });

const CLOUDS = ['s3', 'azure', 'gcs', 'swift'] as const;

const saidOf = (version: Found, to: To): string => {
  try {
    return choose(version, to, 'read-only').source;
  } catch (error) {
    return String(error);
  }
};

describe('chooseRecipe', () => {
  it.each(['2.6.4', '2.6.7', '2.6.13', '2.7.0', '2.7.9', '2.8.13'])(
    'moves %s to a volume by --storage-migrated, or by restoring it there',
    (version) => {
      expect(choose(version, 'host', 'read-only').switch).toBe('reconfigure-storage-migrated');
      expect(choose(version, 'host', 'best-practice').switch).toBe('restore-on-volume');
    },
  );

  it.each(
    ['2.6.6', '2.6.7', '2.7.9', '2.8.0'].flatMap((version) => CLOUDS.map((kind) => [version, kind] as const)),
  )('moves %s to %s by keep_metadata, on both paths', (version, kind) => {
    for (const path of ['best-practice', 'read-only'] as const)
      expect(choose(version, kind, path).switch).toBe('keep-metadata');
  });

  it('moves to an export by reconfigure, or by restoring on a volume of it, because restore is not known to keep tags there', () => {
    expect(choose('2.7.9', 'nfs', 'read-only')).toMatchObject({
      switch: 'reconfigure-storage-migrated',
      source: expect.stringContaining('--nfs-storage-url') as string,
    });
    for (const version of ['2.6.1', '2.6.4', '2.7.9', '2.9.16', '2.10.0'])
      expect(choose(version, 'nfs', 'best-practice').switch).toBe('restore-on-volume');
  });

  it.each(['2.6.1', '2.6.3'])('moves %s by a backup alone', (version) => {
    expect(choose(version, 'host', 'best-practice').switch).toBe('restore-on-volume');
    for (const to of ['host', 'nfs'] as const)
      expect(() => choose(version, to, 'read-only')).toThrow('Take the best-practice path');
  });

  it.each(['2.9.0', '2.9.29', '2.10.0'])(
    'moves %s to each kind of cloud by the read-only path',
    (version) => {
      for (const kind of CLOUDS) {
        expect(choose(version, kind, 'read-only').switch).toBe('keep-metadata');
        expect(choose(version, kind, 'best-practice', 'swift').switch).toBe('keep-metadata');
        for (const from of ['host', 'nfs'] as const)
          expect(() => choose(version, kind, 'best-practice', from)).toThrow('no exact copy of that volume');
      }
    },
  );

  it.each([
    ['2.9.16', ['reinitialize-storage'], 'reconfigure-exact-copy'],
    ['2.10.0', ['reinitialize-storage', 'storage-migrated'], 'reconfigure-storage-migrated'],
    ['2.10.0', ['storage-migrated'], 'reconfigure-storage-migrated'],
    ['2.8.0', [], 'reconfigure-storage-migrated'],
  ])('lets the help of the bootstrapper decide: %s %j', (version, flags, how) => {
    for (const to of ['host', 'nfs'] as const)
      expect(choose(found(version, { tool: { flags } }), to, 'read-only').switch).toBe(how);
  });

  it.each([
    [{ problem: 'no such image' }, 'no such image'],
    [{ flags: ['nfs-storage-url'] }, 'neither --reinitialize-storage nor --storage-migrated'],
    [undefined, 'it was not asked'],
  ])('reconfigures no MSR 2.9 whose help says %j', (tool, problem) => {
    const asked = found('2.9.16', tool === undefined ? {} : { tool });
    expect(() => choose(asked, 'host', 'read-only')).toThrow(problem);
    expect(() => choose(asked, 'host', 'read-only')).toThrow(
      'docker run --rm mirantis/dtr:2.9.16 reconfigure --help',
    );
    // Neither is needed for what its API is told, but there is no way back by it
    expect(choose(asked, 's3', 'read-only').switch).toBe('keep-metadata');
    expect(wayBack({ found: asked, from: ENTRIES.host, to: ENTRIES.s3 })).toBeNull();
  });

  it('leaves NFS for the volume of the replica by an empty URL', () => {
    expect(choose('2.7.9', 'own', 'read-only', 'nfs').switch).toBe('leave-nfs-storage-migrated');
    const exact = found('2.10.0', { tool: { flags: ['reinitialize-storage'] } });
    expect(choose(exact, 'own', 'read-only', 'nfs').switch).toBe('leave-nfs-exact-copy');
    expect(choose('2.7.9', 'own', 'read-only', 'host').switch).toBe('reconfigure-storage-migrated');
    expect(choose('2.7.9', 'host', 'read-only', 'nfs').switch).toBe('reconfigure-storage-migrated');
  });

  it.each([
    ['2.4.0', 'online', 's3', 'read-only', 'Upgrade'],
    ['2.5.15', 'classic', 'host', 'read-only', 'wait for the job "tagmigration"'],
    ['2.5.15', 'classic', 's3', 'best-practice', 'no read-only mode'],
    ['2.5.15', 'online', 'nfs', 'best-practice', 'nothing rebuilds them'],
    ['2.6.0', 'online', 's3', 'read-only', 'ENGDTR-793'],
    ['2.6.0', 'online', 'host', 'best-practice', 'Notary'],
    ['2.6.3', 'online', 'nfs', 'read-only', 'ENGDTR-794'],
    ['2.6.3', 'online', 'host', 'read-only', 'contradict each other'],
    ['2.6.5', 'online', 's3', 'best-practice', '2.6.6 or later'],
    ['2.6.5', 'online', 's3', 'read-only', '2.6.6 or later'],
    ['2.9.16', 'online', 's3', 'best-practice', 'Take the read-only path'],
    ['2.11.0', 'online', 's3', 'read-only', 'No document says'],
    ['3.1.0', 'online', 's3', 'read-only', 'No document says'],
    ['latest', 'online', 's3', 'read-only', 'no DTR version'],
    ['2.7.9', 'online', 'filesystem', 'read-only', 'kind "filesystem"'],
  ] as const)('refuses %s and says what to do', (version, mode, to, path, advice) => {
    const move = () => choose(found(version, { mode, tool: BOTH_FLAGS }), to, path);
    expect(move).toThrow(expect.objectContaining({ type: 'UnsupportedVersion' }));
    expect(move).toThrow(advice);
  });

  it('says nothing of a refused move that is true of another one', () => {
    expect(saidOf(found('2.6.3'), 's3')).not.toMatch(/ENGDTR-794|Notary|2\.9/);
    expect(saidOf(found('2.5.15', { mode: 'classic' }), 'host')).not.toContain('nothing rebuilds');
  });
});

it('takes all digits of a patch', () => {
  expect(compareVersions(parseVersion('2.6.13')!, parseVersion('2.6.7')!)).toBeGreaterThan(0);
});

it('knows who published which bootstrapper', () => {
  expect(bootstrapperImage('2.7.9')).toBe('docker/dtr:2.7.9');
  expect(bootstrapperImage('2.8.2')).toBe('mirantis/dtr:2.8.2');
  expect(bootstrapperImage('2.9.29')).toBe('mirantis/dtr:2.9.29');
  expect(bootstrapperImage('2.10.0')).toBe('registry.mirantis.com/msr/dtr:2.10.0');
  expect(() => bootstrapperImage('3.1.0')).toThrow('3.1.0');
});
