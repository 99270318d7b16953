// docs/reference/promises.md says which tests fail when a promise is broken. A page that names tests that are gone would
// promise what nobody keeps; so would docs/reference/endings.md, whose rows end with theirs.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

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
  const gone = tests.filter(
    ({ file, name }) => !existsSync(new URL(file, root)) || !hasTest(textOf(file), name),
  );
  expect(tests.length).toBeGreaterThan(0);
  expect(gone).toEqual([]);
});

/** As the first argument of a call or the first field of a case, in quotes of any kind. */
function hasTest(source: string, name: string): boolean {
  const plain = source.replaceAll(/\\(['"`])/g, '$1');
  return new RegExp(`[([]\\s*(['"\`])${RegExp.escape(name)}\\1`).test(plain);
}

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
