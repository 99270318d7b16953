import { describe, expect, it } from 'vitest';
import { said } from '../../../test/support/said.ts';
import type { DistributionRegistryEntry, StorageEntry } from '../../../contracts/inventory.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import type { Move } from '../product.ts';
import { distribution } from './distribution.ts';
import { placeOf, usesDirectory } from './place.ts';
import { hasDriver } from './recipes.ts';

const folder: StorageEntry = { kind: 'filesystem', path: '/srv/images' };
const s3: StorageEntry = {
  kind: 's3',
  bucket: 'images',
  region: 'us-east-1',
  rootdirectory: '',
  v4auth: true,
  secure: true,
  skipverify: false,
};
const swift = { kind: 'swift' } as StorageEntry;
const azure = (legacyrootprefix: boolean): StorageEntry => ({
  kind: 'azure',
  accountname: 'account1',
  accountkey: { env: 'KEY' },
  container: 'images',
  realm: 'core.windows.net',
  rootdirectory: '',
  legacyrootprefix,
});

const found = (version: string) => ({ version, mode: 'classic' }) as const;

describe('the recipe of Distribution', () => {
  it.each(['2.8.2+ds1', '2.7.1', '3.0.0', 'v3.1.2+unknown'])(
    'knows the way there and back of %s',
    (version) => {
      expect(distribution.recipe(found(version), folder, s3, 'read-only')).toMatchObject({
        switch: 'configuration',
        back: 'configuration',
        afterBringUp: null,
      });
    },
  );

  it.each<[string, string, StorageEntry, StorageEntry, 'read-only' | 'best-practice', string]>([
    ['the best practice', '3.0.0', folder, s3, 'best-practice', 'read-only path'],
    ['Swift as a destination of version 3', '3.0.0', folder, swift, 'read-only', 'stay on Distribution 2'],
    ['S3 on a version that lists only some tags', '3.1.1+unknown', folder, s3, 'read-only', '3.1.2'],
    ['S3 as the source of such a version', '3.1.0', s3, folder, 'read-only', '3.1.2'],
    ['a version that is not known', '4.0.0', folder, s3, 'read-only', 'Versions 2 and 3'],
    ['what is no version', 'latest', folder, s3, 'read-only', 'Versions 2 and 3'],
  ])('refuses %s, and says what to do', (_what, version, from, to, path, advice) => {
    expect(() => distribution.recipe(found(version), from, to, path)).toThrow(
      expect.objectContaining({ type: 'UnsupportedVersion', message: expect.stringContaining(advice) }),
    );
  });

  it.each([
    ['2.8.2+ds1', 'swift', true],
    ['3.1.2+unknown', 'swift', false],
    ['3.1.2', 'azure', true],
    ['4.0.0', 's3', false],
  ] as const)('knows whether %s has the driver of %s', (version, storage, has) => {
    expect(hasDriver(version, storage)).toBe(has);
  });

  it('does not take 3.1.10 for 3.1.1', () => {
    expect(() => distribution.recipe(found('3.1.10'), folder, s3, 'read-only')).not.toThrow();
  });
});

const move = (
  to: StorageEntry,
  version = '3.1.2',
  configInside?: string,
): Move<DistributionRegistryEntry> => ({
  path: 'read-only',
  entry: {
    kind: 'distribution',
    url: 'https://registry.example.com',
    replicas: ['a', 'b'].map((id) => ({
      id,
      host: `host-${id}`,
      url: `https://${id}.example.com`,
      config: '/etc/registry/config.yml',
      restart: ['systemctl', 'restart', 'registry'],
      program: ['registry'],
      ...(configInside !== undefined && { configInside }),
    })),
    stateDir: '/var/lib/transship',
    storage: 'source',
    canaryRepository: 'ops/canary',
  },
  state: { version, readOnly: false, replicas: [] } as unknown as RegistryState,
  source: { name: 'source', entry: folder, describe: 'a folder' },
  destination: { name: 'dest', entry: to, describe: 'the new one' },
});

describe('before a move of Distribution', () => {
  it.each<[string, StorageEntry, string, string | undefined, string]>([
    ['a volume', { kind: 'host', host: 'h', volume: 'v' }, '3.1.2', undefined, 'is told of a path'],
    ['a directory of a container', folder, '3.1.2', '/etc/config.yml', 'run in containers'],
    ['Azure with a leading slash on version 3', azure(true), '3.1.2', undefined, 'legacyrootprefix to false'],
    ['Azure without one on version 2', azure(false), '2.8.3', undefined, 'legacyrootprefix to true'],
  ])('%s is refused', (_what, to, version, inside, finding) => {
    expect(said(distribution.preflight(move(to, version, inside))).stops).toEqual([
      expect.stringContaining(finding),
    ]);
  });

  it('what is well is not', () => {
    for (const [to, version] of [
      [s3, '2.8.3'],
      [azure(false), '3.1.2'],
      [azure(true), '2.8.3'],
      [folder, '3.1.2'],
    ] as const)
      expect(said(distribution.preflight(move(to, version))).stops).toEqual([]);
  });

  it('the plan has the commands as a person would type them', () => {
    const words = distribution.steps(move(s3));
    expect(words.readOnly(true)).toContain('(on host-a) systemctl restart registry; (on host-b)');
    expect(words.collectGarbage).toContain('registry garbage-collect --dry-run /etc/registry/config.yml');
    expect(words.rebuild).toBeUndefined();
  });
});

describe('the place of Distribution', () => {
  const said = { driver: 'filesystem', fields: { rootdirectory: '/srv/images/' } };

  it('is a path that its host knows, unless it runs in a container', () => {
    const onHost = placeOf(said, {});
    expect(usesDirectory(onHost, { kind: 'host', host: 'h', path: '/srv', subdirectory: 'images' })).toBe(
      true,
    );
    expect(usesDirectory(onHost, { kind: 'filesystem', path: '/srv/other' })).toBe(false);
    const inside = placeOf(said, { configInside: '/etc/config.yml' });
    expect(usesDirectory(inside, { kind: 'filesystem', path: '/srv/other' })).toBe(true);
    expect(usesDirectory({ driver: 's3', fields: {}, volume: '' }, { kind: 'filesystem', path: '/' })).toBe(
      false,
    );
  });
});
