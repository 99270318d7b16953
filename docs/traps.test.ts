// The rows of versions and of their traps.

import { expect, test } from 'vitest';
import { LINES } from '../domain/registries/dtr/lines.ts';
import { TRAPS } from '../domain/registries/dtr/traps/atlas.ts';
import { isWithin, parseVersion } from '../domain/registries/dtr/version.ts';

test('each has a name of its own', () => {
  expect(new Set(TRAPS.map(({ id }) => id)).size).toBe(TRAPS.length);
});

test('lines leave no version out, and none but 2.5 is twice there', () => {
  const counts = [
    '2.5.0',
    '2.5.15',
    '2.6.0',
    '2.6.3',
    '2.6.4',
    '2.6.5',
    '2.6.6',
    '2.6.7',
    '2.7.9',
    '2.8.13',
    '2.9.0',
    '2.10.9',
  ].map(
    (version) => [version, LINES.filter((line) => isWithin(line, parseVersion(version)!)).length] as const,
  );
  for (const [version, count] of counts)
    expect([version, count]).toEqual([version, version.startsWith('2.5.') ? 2 : 1]);
});
