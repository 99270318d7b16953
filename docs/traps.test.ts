// The trap atlas says which test fails when nothing finds the trap any more, and which sentence the operator reads. Both must be
// there: a test of that name, and a sentence that the product says.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aboutVersion } from '../domain/registries/dtr/about-version.ts';
import { LINES } from '../domain/registries/dtr/lines.ts';
import { TRAPS } from '../domain/registries/dtr/traps/atlas.ts';
import { isWithin, parseVersion } from '../domain/registries/dtr/version.ts';

const root = new URL('..', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');

/** Everything that the product says, but for the atlas itself. */
const said = ['activities', 'client', 'contracts', 'domain', 'worker', 'workflows']
  .flatMap((folder) =>
    readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
      (file) => `${folder}/${file}`,
    ),
  )
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('/traps/'))
  .map(textOf)
  .join('\n');

/** Parts of a sentence between values. */
const partsOf = (says: string): string[] =>
  says
    .split(/<\w+>|…/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

const isSaid = (part: string): boolean => said.includes(part) || said.includes(part.replaceAll("'", "\\'"));

test('each has a name of its own', () => {
  expect(new Set(TRAPS.map(({ id }) => id)).size).toBe(TRAPS.length);
});

describe.each(TRAPS.map((trap) => [trap.id, trap] as const))('%s', (id, trap) => {
  test('is found by a test that there is', () => {
    const source = textOf(trap.test.file).replaceAll(/\\(['"`])/g, '$1');
    expect(new RegExp(`[([]\\s*(['"\`])${RegExp.escape(trap.test.title)}\\1`).test(source)).toBe(true);
  });

  test('is said as it stands', () => {
    const byTheAtlas = trap.in === 'refusal' || said.includes(`Of('${id}'`);
    // Commands are built of words.
    const parts = partsOf(trap.says).flatMap((part) =>
      trap.in === 'plan' && !isSaid(part) ? part.split(' ') : [part],
    );
    const unsaid = byTheAtlas ? [] : parts.filter((part) => !isSaid(part));
    expect(unsaid).toEqual([]);
  });
});

test('every line of versions is moved in some way, or says what to do instead', () => {
  for (const { name, ways, refused } of aboutVersion().lines)
    for (const to of ['a volume or folder', 'NFS', 'a cloud storage'])
      for (const path of ['best-practice', 'read-only']) {
        const moves = [...ways, ...refused.flatMap((one) => one.moves)];
        const found = moves.some((move) => move.to === to && move.path === path);
        expect({ name, to, path, found }).toEqual({ name, to, path, found: true });
      }
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
