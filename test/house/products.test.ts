// Code that serves every registry product knows none of them: no word of a product, and no condition on a kind. What is
// particular stands in activities/registry/<product> and domain/registries/<product>.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

const FOR_ALL = [
  'workflows',
  'domain/migration',
  'contracts',
  'activities/registry/images',
  'activities/registry/control-plane.ts',
  'activities/registry/access.ts',
  'activities/registry/answer.ts',
  'activities/registry/collection.ts',
  'activities/registry/on-registries.ts',
  'activities/registry/preview-collection.ts',
  'activities/registry/open-prober.ts',
  'activities/registry/rebuild-activities.ts',
  'activities/registry/registry-activities.ts',
  'activities/registry/tags.ts',
  'activities/journal',
  'activities/copying',
  'activities/records',
  'client/operations.ts',
];

/** Where an entry of each product stands. */
const ENTRIES = 'contracts/inventory.ts';

/** Names of products, of their tools and of what only they have. */
const WORDS =
  /dtr|\bmsr\b|ucp|bootstrap|\bcrons?\b|onlinegc|keep.?metadata|reconfigure|replica.?volume|storage.?migrated|api\/v0|imagescan/i;
/** The kinds that there are and that will be; a condition on one has to name it. */
const KIND = /'(dtr|distribution|harbor)'/;

/** The lines of code that break the rule; comments may name documents and give examples. */
function breaches(text: string): string[] {
  const code = text
    .replaceAll(/\/\*[^]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/^(\s*|.*?[\s;{(,])\/\/ .*$/gm, '$1');
  return code.split('\n').filter((line) => WORDS.test(line) || KIND.test(line));
}

function filesIn(path: string): string[] {
  if (statSync(join(ROOT, path)).isFile()) return [path];
  return readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => join(path, file))
    .filter((file) => file !== ENTRIES);
}

describe.each(FOR_ALL)('%s', (path) => {
  const files = filesIn(path);

  it('has files', () => {
    expect(files.length).toBeGreaterThan(0);
  });

  it('names no product', () => {
    const found = files.flatMap((file) =>
      breaches(readFileSync(join(ROOT, file), 'utf8')).map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});

it.each([
  `const version = dtrVersion(state);`,
  "does: ['PUT /api/v0/admin/settings/registry'],",
  `if (entry.kind === 'dtr') return;`,
  `    case 'harbor':`,
  `return 'distribution' === kind;`,
  `if (plan.recipe.switch === 'keep-metadata') x(); // well`,
])('would be found: %s', (line) => {
  expect(breaches(line)).toHaveLength(1);
});

it('leaves comments alone', () => {
  expect(
    breaches('// as DTR does it (dtr-msr.md §1)\n/** DTR\n * and UCP */\nconst url = `https://x`;'),
  ).toEqual([]);
});
