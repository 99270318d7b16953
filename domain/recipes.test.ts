import { describe, expect, it } from 'vitest';
import { bootstrapperImage, chooseRecipe } from './recipes.ts';
import { compareVersions, parseVersion } from './version.ts';

describe('chooseRecipe', () => {
  it.each(['2.6.7', '2.6.13', '2.7.0', '2.7.9', '2.8.13'])(
    'moves %s to a volume by --storage-migrated',
    (version) => {
      expect(chooseRecipe(version, 'host').switch).toBe('reconfigure-storage-migrated');
    },
  );

  it.each(['2.6.7', '2.7.9', '2.8.0'])('moves %s to S3 by keep_metadata', (version) => {
    expect(chooseRecipe(version, 's3').switch).toBe('keep-metadata');
  });

  it.each([
    ['2.4.0', 'Upgrade'],
    ['2.5.15', 'Upgrade'],
    ['2.6.0', 'ENGDTR-793'],
    ['2.6.6', 'ENGDTR-794'],
    ['2.9.0', 'exact copy'],
    ['3.1.0', 'not carried out'],
    ['latest', 'no DTR version'],
  ])('refuses %s and says what to do', (version, advice) => {
    expect(() => chooseRecipe(version, 's3')).toThrow(
      expect.objectContaining({ type: 'UnsupportedVersion' }),
    );
    expect(() => chooseRecipe(version, 's3')).toThrow(advice);
  });
});

it('takes all digits of a patch', () => {
  expect(compareVersions(parseVersion('2.6.13')!, parseVersion('2.6.7')!)).toBeGreaterThan(0);
});

it('knows who published which bootstrapper', () => {
  expect(bootstrapperImage('2.7.9')).toBe('docker/dtr:2.7.9');
  expect(bootstrapperImage('2.8.2')).toBe('mirantis/dtr:2.8.2');
});
