// Reads a YAML file that somebody else wrote. What is wrong with it is told by line and column, and never by its text: a
// secret may have been written there by mistake.

import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { isScalar, LineCounter, parseDocument, type Document, type ParseOptions, visit } from 'yaml';
import { TransshipError } from '../../domain/transship-error.ts';
import { formatMistake, type LocatedMistake } from './mistake.ts';

/** Far more than any estate needs; what is larger is another file. */
const MAX_BYTES = 1024 ** 2;
/** Of the mistakes of a file in the message of its failure; its details have all of them. */
const MAX_TOLD = 100;

/** `what` names the file in messages, e.g. `the inventory`. `InvalidInput` if it cannot be read, or not to its end. */
export async function readText(file: string, what: string): Promise<string> {
  try {
    // One byte more than is taken, so that a file without end is not read to it.
    const bytes = await buffer(createReadStream(file, { end: MAX_BYTES }));
    if (bytes.length > MAX_BYTES)
      throw new TransshipError('InvalidInput', `${what} ${file} has more than ${MAX_BYTES} bytes`, { file });
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof TransshipError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new TransshipError('InvalidInput', `${what} ${file} cannot be read: ${code}`, { file });
  }
}

/** One `InvalidInput` with `details.mistakes`, each `LINE:COLUMN PATH: PROBLEM`. */
export function refusalOf(file: string, what: string, found: LocatedMistake[]): TransshipError {
  const mistakes = found.map(formatMistake);
  const told = mistakes.slice(0, MAX_TOLD);
  if (told.length < mistakes.length) told.push(`and ${mistakes.length - told.length} more`);
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  const message = `${what} ${file} has ${count}:\n  ${told.join('\n  ')}`;
  return new TransshipError('InvalidInput', message, { file, mistakes });
}

export type YamlText = { document: Document; lines: LineCounter; content: unknown };

/** `content` with the keys that stand twice, or what keeps it from being read at all. */
export function parseText(
  text: string,
  options: ParseOptions & { schema?: 'core' | 'failsafe' } = {},
): (YamlText & { twice: LocatedMistake[] }) | { mistakes: LocatedMistake[] } {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    ...options,
    lineCounter: lines,
    prettyErrors: false,
    // Found below: the library compares each key with each.
    uniqueKeys: false,
  });
  const syntax = syntaxMistakes(document, lines);
  if (syntax.length > 0) return { mistakes: syntax };
  const content = plainObject(document);
  if (content === undefined)
    return { mistakes: [{ line: 1, column: 1, path: '', problem: 'an alias has no anchor before it' }] };
  return { document, lines, content, twice: duplicateKeys(document, lines) };
}

export const byPlace = (a: LocatedMistake, b: LocatedMistake): number =>
  a.line - b.line || a.column - b.column;

/** The library's own messages quote the text, so only their codes are used. */
const syntaxMistakes = (document: Document, lines: LineCounter): LocatedMistake[] =>
  document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    const problem = `not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`;
    return { line, column: col, path: '', problem };
  });

function duplicateKeys(document: Document, lines: LineCounter): LocatedMistake[] {
  const found: LocatedMistake[] = [];
  visit(document, {
    Map(_key, map) {
      const keys = new Set<string>();
      for (const { key } of map.items) {
        const text = String(isScalar(key) ? key.value : key);
        const { line, col } = lines.linePos(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
        if (keys.has(text))
          found.push({ line, column: col, path: '', problem: 'this key stands here for the second time' });
        keys.add(text);
      }
    },
  });
  return found;
}

function plainObject(document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch {
    return undefined;
  }
}
