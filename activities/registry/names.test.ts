// Which names of a registry are used, and which lead elsewhere.

import { expect, test } from 'vitest';
import { requireDigest, requireRepository, requireTag } from './names.ts';

test('names that registries give are taken', () => {
  for (const name of ['dev/app', 'a/b-c__d.e', 'library', 'one/two/three'])
    expect(requireRepository(name)).toBe(name);
  for (const name of ['latest', '_x', '2.0_rc.1-final', 'A'.repeat(128)]) expect(requireTag(name)).toBe(name);
  for (const name of [`sha256:${'0'.repeat(64)}`, `sha512:${'a'.repeat(128)}`])
    expect(requireDigest(name)).toBe(name);
});

test('what would lead elsewhere is refused, and shown short and in quotes', () => {
  const odd = [
    '',
    '.',
    '..',
    '../../admin',
    'a/../b',
    'a//b',
    '/a',
    'a/',
    'a?b',
    'a#b',
    'a%2fb',
    'a b',
    'a\n',
    'ä',
  ];
  for (const name of [...odd, 'A/b', 'a/b'.padEnd(300, 'c')])
    expect(() => requireRepository(name)).toThrow('no name of a repository');
  for (const name of [...odd, 'transship-probe-x/../../y', '-x', '.x', 'x'.repeat(129)])
    expect(() => requireTag(name)).toThrow('no name of a tag');
  for (const name of [
    ...odd,
    'sha256:',
    'sha256:xyz',
    `sha256:${'0'.repeat(64)}/..`,
    `sha256:${'0'.repeat(64)}\n`,
  ])
    expect(() => requireDigest(name)).toThrow('no name of a digest');
  expect(() => requireTag(`\n${'x'.repeat(500)}`)).toThrow(/names "\\nx{79}",/);
});
