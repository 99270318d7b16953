import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { prose } from './document.ts';
import { renderJson, toJson } from './json.ts';
import { BREAD } from '../../test/records/bread.ts';

test('JSON is the document itself, beside what else a program wants', () => {
  expect(JSON.parse(renderJson(BREAD, { format: 'bread/1' }))).toEqual({
    format: 'bread/1',
    document: BREAD,
  });
  expect(toJson([1])).toBe('[\n  1\n]\n');
});

test('what stands between backticks is code, and a lone one is a character', () => {
  expect(prose('run `a b` now')).toEqual(['run ', { code: 'a b' }, ' now']);
  expect(prose('a ` b')).toEqual(['a ` b']);
});

/** What makes texts of documents, and what of it each may import. */
const RENDERERS = ['document', 'markup', 'style', 'timeline-picture', 'html', 'markdown', 'json'];
const TEXT = /^\.\.\/\.\.\/domain\/text\//;

test('the renderers know no procedure and no product', () => {
  for (const name of RENDERERS) {
    const source = readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8');
    const imports = Array.from(source.matchAll(/from '(.*)'/g), ([, imported]) => imported!);
    for (const imported of imports.filter((one) => !TEXT.test(one)))
      expect(RENDERERS.map((renderer) => `./${renderer}.ts`)).toContain(imported);
    expect(source).not.toMatch(/migrat|\bDTR\b|damage|replica|backup|\bpush/i);
  }
});
