import { describe, expect, it } from 'vitest';
import { bootstrapperImage, chooseRecipe } from './recipes.ts';
import { compareVersions, parseVersion } from './version.ts';

describe('chooseRecipe', () => {
  it.each(['2.6.7', '2.6.13', '2.7.0', '2.7.9', '2.8.13'])(
    'moves %s to a volume by --storage-migrated',
    (version) => {
      expect(chooseRecipe(version, 'host', 'read-only').switch).toBe('reconfigure-storage-migrated');
    },
  );

  it.each(
    ['2.6.7', '2.7.9', '2.8.0'].flatMap((version) =>
      (['s3', 'azure', 'gcs', 'swift'] as const).map((kind) => [version, kind] as const),
    ),
  )('moves %s to %s by keep_metadata, on both paths', (version, kind) => {
    for (const path of ['best-practice', 'read-only'] as const)
      expect(chooseRecipe(version, kind, path).switch).toBe('keep-metadata');
  });

  it('moves to an export by reconfigure alone, because restore is not known to keep tags there', () => {
    expect(chooseRecipe('2.7.9', 'nfs', 'read-only')).toMatchObject({
      switch: 'reconfigure-storage-migrated',
      source: expect.stringContaining('--nfs-storage-url') as string,
    });
    expect(() => chooseRecipe('2.7.9', 'nfs', 'best-practice')).toThrow('docker volume create -o type=nfs');
    expect(() => chooseRecipe('2.6.3', 'nfs', 'read-only')).toThrow('ENGDTR-794');
  });

  it.each(['azure', 'gcs', 'swift', 'nfs', 'host', 'filesystem'] as const)(
    'refuses MSR 2.9 to %s, whose rule is another',
    (kind) => {
      expect(() => chooseRecipe('2.9.0', kind, 'read-only')).toThrow(
        expect.objectContaining({ type: 'UnsupportedVersion' }),
      );
    },
  );

  it.each([
    ['2.4.0', 'Upgrade'],
    ['2.5.15', 'Upgrade'],
    ['2.6.0', 'ENGDTR-793'],
    ['2.6.6', 'ENGDTR-794'],
    ['2.9.0', 'exact copy'],
    ['3.1.0', 'not carried out'],
    ['latest', 'no DTR version'],
  ])('refuses %s and says what to do', (version, advice) => {
    expect(() => chooseRecipe(version, 's3', 'read-only')).toThrow(
      expect.objectContaining({ type: 'UnsupportedVersion' }),
    );
    expect(() => chooseRecipe(version, 's3', 'read-only')).toThrow(advice);
  });
});

it('takes all digits of a patch', () => {
  expect(compareVersions(parseVersion('2.6.13')!, parseVersion('2.6.7')!)).toBeGreaterThan(0);
});

it('knows who published which bootstrapper', () => {
  expect(bootstrapperImage('2.7.9')).toBe('docker/dtr:2.7.9');
  expect(bootstrapperImage('2.8.2')).toBe('mirantis/dtr:2.8.2');
});
