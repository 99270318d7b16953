// Who may import whom (CONTRIBUTING.md). The product never imports the lab; workflow code never
// touches activities but for their types; the client knows workers only by name.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

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

type Import = { file: string; line: string; from: string; to: string };

describe.each(Object.keys(ALLOWED))('%s', (folder) => {
  const imports = sourcesOf(folder).flatMap(importsOf);

  it('has files', () => {
    expect(imports.length).toBeGreaterThan(0);
  });

  it('imports only what it may', () => {
    const wrong = imports.filter(({ to }) => !ALLOWED[folder]!.includes(to));
    expect(wrong.map(({ file, line }) => `${file}: ${line}`)).toEqual([]);
  });
});

it('finds a forbidden import', () => {
  const [found] = importsIn('workflows/x.ts', `import { up } from '../lab/estate/estate.ts';`);
  expect(found?.to).toBe('lab');
});

function sourcesOf(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(folder, file));
}

function importsOf(file: string): Import[] {
  return importsIn(file, readFileSync(join(ROOT, file), 'utf8'));
}

/** Imports of our own files; `to` is the top folder of what is imported. */
function importsIn(file: string, text: string): Import[] {
  return [
    ...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'(\.[^']+)'|import\('(\.[^']+)'\)/g),
  ].map(([line, from, dynamic]) => {
    const specifier = (from ?? dynamic) as string;
    const target = relative(ROOT, resolve(ROOT, dirname(file), specifier));
    return { file, line: line.trim(), from: specifier, to: target.split('/')[0]! };
  });
}
