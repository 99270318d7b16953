// Text inside a line of Markdown, as safe as in HTML: whatever a string holds, it becomes no markup, no link, no other row
// and no mention of anybody, in CommonMark and in the dialect of GitHub. In a terminal it stays readable.

import { oneLine } from './plain-text.ts';

/** What renderers make a link or a mention of, though nobody asked them to; no escape keeps all of them from it, code does. */
const LINKED = /:\/\/|www\.|@|#\d/i;

/** Plain text. A word that would become a link is shown as code. */
export const escapeText = (text: string): string =>
  oneLine(text)
    .split(' ')
    .map((word) => (LINKED.test(word) ? codeSpan(word) : escape(word)))
    .join(' ');

/** Text in which what stands between backticks is code; a lone one is a character. */
export function escapeProse(text: string): string {
  const parts = oneLine(text).split('`');
  if (parts.length % 2 === 0) return escapeText(text);
  return parts.map((part, index) => (index % 2 === 1 ? codeSpan(part) : escapeText(part))).join('');
}

/** Code. Outside of it stand bars, which end a cell even in code, and what a careless renderer would take for HTML. */
export const codeSpan = (text: string): string =>
  oneLine(text)
    .split(/(\||<(?! ))/)
    .map((part, index) => (index % 2 === 1 ? escape(part) : fenced(part)))
    .join('');

function fenced(text: string): string {
  if (text.trim() === '') return text;
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const space = /^`|`$|^ .* $/.test(text) ? ' ' : '';
  return `${fence}${space}${text}${space}${fence}`;
}

/** An underscore inside a word is no markup, and keys and names are full of them. */
const escape = (word: string): string =>
  word
    .replaceAll(/[\\`*[\]~|$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

/** A whole line, of which nothing at its start or end makes a heading, a list, a rule or a quotation. */
export const protectLine = (line: string): string =>
  line
    .trim()
    .replace(/^(?=[#+=-])/, '\\')
    .replace(/^(\d+)(?=[.)])/, '$1\\')
    .replace(/(?<!\\)#$/, String.raw`\#`);
