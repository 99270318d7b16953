import { expect, it } from 'vitest';
import { printable, printableJson, printableLines } from './printable.ts';

it.each([
  ['docker/registry/v2/ünï/漢字/😀', 'docker/registry/v2/ünï/漢字/😀'],
  ['\u001b]0;title\u0007\u001b[2J', '\\u001b]0;title\\u0007\\u001b[2J'],
  ['a\n= forged', 'a\\u000a= forged'],
  ['\u009b2J\u007f', '\\u009b2J\\u007f'],
  ['a\u202egnp.exe\u2066', 'a\\u202egnp.exe\\u2066'],
  ['half \ud83d', 'half \\ud83d'],
])('%j becomes %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('lines of a message stay lines, and JSON stays the same value', () => {
  expect(printableLines('a\nb\u0007')).toBe('a\nb\\u0007');
  const value = { key: 'a\u009b\u202e\u001b\n"\\', n: [1] };
  expect(printableJson(value)).not.toMatch(/[\u009b\u202e]/);
  expect(JSON.parse(printableJson(value))).toEqual(value);
});
