import { expect, test } from 'vitest';
import { code, list, note, paragraph, type Block } from './document.ts';
import { renderMarkdown } from './markdown.ts';
import { BREAD } from '../../test/records/bread.ts';

/** The Markdown of blocks, without the headings of the document. */
const markdownOf = (...blocks: Block[]): string =>
  renderMarkdown({ title: '', opening: blocks, sections: [] }).replace('# \n\n', '');

test('Markdown of a whole document', () => {
  expect(renderMarkdown(BREAD)).toBe(
    [
      '# Bread of Tuesday',
      '**baked**: Forty loaves came out well.',
      '- Loaves: **40**, of 42 in the oven',
      '- flour: rye, from sack `R_7`',
      '## When',
      'From 2026-03-01 04:00:00 UTC to 2026-03-01 08:00:00 UTC.',
      '- 2026-03-01 05:00:00 UTC: the dough rests\n- 2026-03-01 07:00:00 UTC: no power',
      'The clock is an hour slow.',
      '## How',
      'As on **Monday**.',
      '1. **Knead** (by hand)\n   - ten minutes\n   - `knead --slow`\n2. Bake',
      'None.',
      '## Batches',
      '| Batch | Loaves |  |\n| --- | --- | --- |\n| 1 | 30 | ████████████████████ |\n| 2 | 10 | ███████ |',
      'None.',
      'The bakery.\n',
    ].join('\n\n'),
  );
});

test.each<[what: string, text: string, markdown: string]>([
  ['HTML', '<img src=x> & &lt;', '&lt;img src=x&gt; &amp; &amp;lt;'],
  ['emphasis', '*a* _b_ ~~c~~ a_b $x$', String.raw`\*a\* \_b\_ \~\~c\~\~ a_b \$x\$`],
  ['a link', '[x](javascript:y)', String.raw`\[x\](javascript:y)`],
  ['a definition', '[x]: evil', String.raw`\[x\]: evil`],
  ['an image', '![x](y)', String.raw`!\[x\](y)`],
  ['code', '`a`', '\\`a\\`'],
  ['an escape', String.raw`\* a\|b`, String.raw`\\\* a\\\|b`],
  ['a heading', '# a #', String.raw`\# a \#`],
  ['a list', '- a', String.raw`\- a`],
  ['a numbered list', '1. a', String.raw`1\. a`],
  ['a rule', '---', String.raw`\---`],
  ['a quotation', '> a', '&gt; a'],
  ['a task', '[ ] a', String.raw`\[ \] a`],
  ['another block', 'a\n\n# b\u2028c', 'a # b c'],
  ['a block of code', '    a', 'a'],
  ['a fence', '~~~ a', String.raw`\~\~\~ a`],
  ['an address', 'see https://e.vil/*a* now', 'see `https://e.vil/*a*` now'],
  ['an address without a scheme', 'www.e.vil', '`www.e.vil`'],
  ['a mail address, a mention', 'ada@example.com @ada', '`ada@example.com` `@ada`'],
  ['an address with HTML in it', 'http://<b>', '`http://`&lt;`b>`'],
  ['the codes of a terminal', 'a\u001b[31mb', 'a\ufffd\\[31mb'],
  ['another direction', 'a\u202eb', 'a\ufffdb'],
])('plain text in Markdown is not %s', (_what, text, markdown) => {
  const two: Block = { kind: 'table', head: ['h', 'i'], rows: [[text, 'b']] };
  expect(markdownOf(note(text))).toBe(`${markdown}\n`);
  expect(markdownOf(list([text]))).toBe(`- ${markdown}\n`);
  expect(markdownOf(two).split('\n')).toHaveLength(4);
});

test.each([
  ['a|b', String.raw`| ${'`a`'}\|${'`b`'} | b |`],
  ['a\\|b', `| \`a\\\`\\|\`b\` | b |`],
  ['a\n| c', String.raw`| ${'`a `'}\|${'` c`'} | b |`],
  ['`` a `', '| ``` `` a ` ``` | b |'],
  ['<img>', '| &lt;`img>` | b |'],
  ['restore < a.tar', '| `restore < a.tar` | b |'],
  ['', '|  | b |'],
])('code in a cell is neither markup nor another cell: %j', (text, row) => {
  const table: Block = { kind: 'table', head: ['h', 'i'], rows: [[code(text), 'b']] };
  expect(markdownOf(table)).toBe(`| h | i |\n| --- | --- |\n${row}\n`);
});

test('runs that touch are not read as one', () => {
  expect(markdownOf(paragraph(code('a'), code('b')))).toBe('`a` `b`\n');
  expect(markdownOf(paragraph('http:', '//e.vil'))).toBe('`http://e.vil`\n');
});
