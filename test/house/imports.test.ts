// Who may import whom (CONTRIBUTING.md). The product never imports the lab; workflow code never
// touches activities but for their types; the client knows workers only by name.

import { describe, expect, it } from 'vitest';
import { folderOf, type Import, importsIn, importsOf } from './sources.ts';

/** Folders that a folder's files may import from; `type:` allows types only. */
const ALLOWED: Record<string, string[]> = {
  contracts: ['contracts'],
  domain: ['contracts', 'domain'],
  workflows: ['contracts', 'domain', 'workflows'],
  activities: ['contracts', 'domain', 'activities'],
  worker: ['contracts', 'domain', 'activities', 'workflows', 'worker'],
  // `transship worker`, `inventory check`, `storage` and `doctor` run what the worker runs.
  client: ['contracts', 'domain', 'client', 'worker', 'package.json'],
};

/** The rooms of activities: each may import only itself and those before it. */
const ROOMS = [
  'concurrency',
  'http',
  'hosts',
  'storage',
  'journal',
  'environment.ts',
  'copying',
  'inspection',
  'repositories',
  'registry',
  'backups',
  'cluster',
  'engine',
  'records',
];

const shown = (imports: Import[]): string[] => imports.map(({ file, line }) => `${file}: ${line}`);

const outOfOrder = ({ file, to }: Import): boolean => {
  const [own, other] = [file, to].map((path) => ROOMS.indexOf(folderOf(path, 1))) as [number, number];
  return own < 0 || other < 0 || other > own;
};

describe.each(Object.keys(ALLOWED))('%s', (folder) => {
  const imports = importsOf(folder);

  it('has files', () => {
    expect(imports.length).toBeGreaterThan(0);
  });

  it('imports only what it may', () => {
    expect(shown(imports.filter(({ to }) => !ALLOWED[folder]!.includes(folderOf(to))))).toEqual([]);
  });
});

it('finds a forbidden import', () => {
  const [found] = importsIn('workflows/x.ts', `import { up } from '../lab/estate/estate.ts';`);
  expect(folderOf(found!.to)).toBe('lab');
});

describe('the rooms of activities', () => {
  it('import only those before them', () => {
    const inside = importsOf('activities').filter(({ to }) => folderOf(to) === 'activities');
    expect(shown(inside.filter(outOfOrder))).toEqual([]);
  });

  it.each([
    ['of a room above', 'activities/journal/x.ts', `import { planPass } from '../copying/plan-pass.ts';`],
    ['of a type alone', 'activities/storage/x.ts', `import type { Kind } from '../journal/keys.ts';`],
    ['of a room without a place', 'activities/registry/x.ts', `export * from '../odds/ends.ts';`],
    ['for its effect', 'activities/http/x.ts', `import '../hosts/ssh-host.ts';`],
    ['while running', 'activities/hosts/x.ts', `const late = await import('../records/x.ts');`],
  ])('would be seen to import out of order: an import %s', (_how, file, text) => {
    expect(importsIn(file, text).map(outOfOrder)).toEqual([true]);
  });

  it('may import what is before them', () => {
    const text = `import { fileOf } from '../journal/keys.ts';\nimport type { B } from './b.ts';`;
    expect(importsIn('activities/copying/x.ts', text).map(outOfOrder)).toEqual([false, false]);
  });
});
