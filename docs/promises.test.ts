// docs/reference/promises.md says which tests fail when a promise is broken. A page that names tests that are gone would
// promise what nobody keeps; so would docs/reference/endings.md, whose rows end with theirs.

import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isThere } from './named-test.ts';

const root = new URL('..', import.meta.url);
const textOf = (file: string): string => readFileSync(new URL(file, root), 'utf8');

const page = textOf('docs/reference/promises.md');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| Promise |'))
  .map((line) => {
    const [, promise, tests] = /^\| (.+?) \| (.+) \|$/.exec(line)!;
    return { promise: promise!, tests: tests!.split('<br>').flatMap(testsIn) };
  });

const endings = textOf('docs/reference/endings.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| What happens |'))
  .map((line) => {
    const cells = line.slice(2, -2).split(' | ');
    return { promise: cells[0]!, tests: cells.at(-1)!.split('<br>').flatMap(testsIn) };
  });

function testsIn(part: string): { file: string; name: string }[] {
  const [, file, names] = /^`([^`]+)`: (\*.+\*)$/.exec(part)!;
  return [...names!.matchAll(/\*([^*]+)\*/g)].map(([, name]) => ({ file: file!, name: name! }));
}

test.each([...rows, ...endings])('"$promise" is held by tests that there are', ({ tests }) => {
  const gone = tests.filter((one) => !isThere(one));
  expect(tests.length).toBeGreaterThan(0);
  expect(gone).toEqual([]);
});

test('every sentence of what the README promises is here', () => {
  const table = /## What it promises\n([^]*?)\n## /.exec(textOf('README.md'))![1]!;
  const sentences = [...table.matchAll(/^\| [^|]+ \| ([^|]+\.) \|$/gm)].flatMap(([, cell]) =>
    cell!.split(/(?<=\.) /),
  );
  expect(sentences.length).toBeGreaterThan(15);
  expect(rows.map(({ promise }) => promise)).toEqual(expect.arrayContaining(sentences));
});

test('every page of concepts has a table', () => {
  for (const name of readdirSync(new URL('docs/concepts', root)))
    expect(page).toContain(`## [${name}](../concepts/${name})\n\n| Promise |`);
});
