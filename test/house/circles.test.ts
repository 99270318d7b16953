// No file imports itself by way of others, not even for types: what goes in a circle cannot be read, moved or tested
// by itself. The linter does not count types.

import { expect, it } from 'vitest';
import { type Import, importsIn, importsOf } from './sources.ts';

const FOLDERS = ['contracts', 'domain', 'workflows', 'activities', 'worker', 'client', 'lab'];

it('there is no circle of imports', () => {
  expect(circlesIn(FOLDERS.flatMap(importsOf))).toEqual([]);
});

it.each([
  [
    'of two files',
    { 'a/x.ts': `import { y } from '../b/y.ts';`, 'b/y.ts': `import { x } from '../a/x.ts';` },
  ],
  ['of a type', { 'a/x.ts': `import type { Y } from './y.ts';`, 'a/y.ts': `import { x } from './x.ts';` }],
  ['of three', { 'x.ts': `import './y.ts';`, 'y.ts': `export * from './z.ts';`, 'z.ts': `import('./x.ts')` }],
])('would find a circle %s', (_how, files: Record<string, string>) => {
  const imports = Object.entries(files).flatMap(([file, text]) => importsIn(file, text));
  const names = Object.keys(files);
  expect(circlesIn(imports)).toEqual([[...names, names[0]].join(' -> ')]);
  expect(circlesIn(imports.slice(1))).toEqual([]);
});

/** At least one of every knot, as the way round it. */
function circlesIn(imports: Import[]): string[] {
  const importsOfFile = Map.groupBy(imports, ({ file }) => file);
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: string[]): void => {
    const at = way.indexOf(file);
    if (at >= 0) circles.push([...way.slice(at), file].join(' -> '));
    if (at >= 0 || done.has(file)) return;
    for (const { to } of importsOfFile.get(file) ?? []) follow(to, [...way, file]);
    done.add(file);
  };
  for (const file of importsOfFile.keys()) follow(file, []);
  return circles;
}
