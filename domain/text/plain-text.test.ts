// What people are shown holds nothing that is not seen, and no half character.

import { describe, expect, test } from 'vitest';
import { escapeProse } from './markdown-text.ts';
import { laidOut, oneLine, plainLines, shortened, spelledOut, visibleJson } from './plain-text.ts';

/** First and last of each run of characters that nobody sees, or that act on what is seen. */
const HIDDEN: [string, number, number][] = [
  ['controls', 0x00, 0x08],
  ['the escape of a terminal', 0x1b, 0x1b],
  ['delete, and the controls of eight bits', 0x7f, 0x84],
  ['the soft hyphen', 0xad, 0xad],
  ['the Arabic letter mark', 0x61c, 0x61c],
  ['widths of nothing, and marks of direction', 0x200b, 0x200f],
  ['embeddings and overrides', 0x202a, 0x202e],
  ['isolates and invisible operators', 0x2060, 0x2069],
  ['the Hangul filler', 0x3164, 0x3164],
  ['the byte order mark', 0xfeff, 0xfeff],
  ['the blank of Braille', 0x2800, 0x2800],
  ['tags', 0xe0000, 0xe007f],
];

describe('a line', () => {
  test.each(HIDDEN)('shows %s', (_what, first, last) => {
    for (let code = first; code <= last; code += 1)
      expect(oneLine(`a${String.fromCodePoint(code)}b`)).toBe('a\uFFFDb');
  });

  test('is one, well-formed, and keeps what people write', () => {
    expect(oneLine('a\r\nb\u2028c\td')).toBe('a b c d');
    expect(oneLine('\uD800x')).toBe('\uFFFDx');
    const written = 'Grüße 你好 שלום ❤️ 1\u202F000 „ok“';
    expect(oneLine(written)).toBe(written);
  });

  test('that is laid out keeps its spaces', () => {
    expect(laidOut('  a\u001Bb\n  c   d')).toBe('  a\uFFFDb   c   d');
  });

  test('of JSON says the same, and shows it', () => {
    const value = { text: 'a\u202Eb\u{E0041}\u009B\u001B é' };
    expect(visibleJson(value)).toBe('{"text":"a\\u202eb\\udb40\\udc41\\u009b\\u001b é"}');
    expect(JSON.parse(visibleJson(value))).toEqual(value);
  });

  test('of several is never taken for one of ours', () => {
    expect(plainLines('it failed\nexitCode: 0\r\n\u001B[2Jdone')).toBe(
      'it failed\n  exitCode: 0 \n  \uFFFD[2Jdone',
    );
  });
});

test('a text is cut between characters', () => {
  expect(shortened('😀😀😀', 3)).toBe('😀😀😀');
  expect(shortened('😀😀😀', 2)).toBe('😀…');
  expect(shortened('x'.repeat(5_000_000), 3)).toBe('xx…');
});

test('prose in Markdown loads nothing and links nowhere, and keeps its code', () => {
  expect(escapeProse('see `jobs/a*b` of ![x](http://evil/x) <img src=x> @all')).toBe(
    'see `jobs/a*b` of `![x](http://evil/x)` &lt;img src=x&gt; `@all`',
  );
  expect(escapeProse('one ` tick, **bold**')).toBe('one \\` tick, \\*\\*bold\\*\\*');
});

test.each([
  ['docker/registry/v2/ünï/漢字/😀', 'docker/registry/v2/ünï/漢字/😀'],
  ['\u001b]0;title\u0007\u001b[2J', '\\u001b]0;title\\u0007\\u001b[2J'],
  ['a\n= forged', 'a\\u000a= forged'],
  ['\u009b2J\u007f', '\\u009b2J\\u007f'],
  ['a\u202egnp.exe\u2066', 'a\\u202egnp.exe\\u2066'],
  ['a\u2028b\u{e0041}', 'a\\u2028b\\udb40\\udc41'],
  ['half \ud83d', 'half \\ud83d'],
])('the key %j is spelled out as %s', (text, shown) => {
  expect(spelledOut(text)).toBe(shown);
});
