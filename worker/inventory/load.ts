// Reads and checks an inventory file. Either everything in it is right, or one `InvalidInput` lists every mistake with
// its line and column. Nothing of the file's text goes into a message: a secret may have been written there by mistake.

import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument, type Document } from 'yaml';
import type { Inventory } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { crossCheck } from './cross-checks.ts';
import { locate } from './locate.ts';
import { formatMistake, mistakesOfIssues, type LocatedMistake } from './mistake.ts';
import { inventorySchema } from './schema.ts';

/** `InvalidInput` with `details.mistakes`, each `LINE:COLUMN PATH: PROBLEM`; also if the file cannot be read. */
export async function loadInventory(file: string): Promise<Inventory> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new TransshipError('InvalidInput', `the inventory ${file} cannot be read: ${code}`, { file });
  }
  const checked = checkInventory(text);
  if ('inventory' in checked) return checked.inventory;
  const mistakes = checked.mistakes.map(formatMistake);
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  throw new TransshipError(
    'InvalidInput',
    `the inventory ${file} has ${count}:\n  ${mistakes.join('\n  ')}`,
    {
      file,
      mistakes,
    },
  );
}

/** The inventory, or its mistakes in the order of their lines. */
export function checkInventory(text: string): { inventory: Inventory } | { mistakes: LocatedMistake[] } {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const syntax = syntaxMistakes(document, lines);
  if (syntax.some(({ duplicate }) => !duplicate)) return { mistakes: syntax.map(({ mistake }) => mistake) };

  const file = plainObject(document);
  if (file === undefined)
    return { mistakes: [{ line: 1, column: 1, path: '', problem: 'an alias has no anchor before it' }] };
  const parsed = inventorySchema.safeParse(file);
  const mistakes = [
    ...syntax.map(({ mistake }) => mistake),
    ...[...(parsed.success ? [] : mistakesOfIssues(parsed.error.issues)), ...crossCheck(file)].map(
      (mistake) => locate(document, lines, mistake),
    ),
  ];
  if (parsed.success && mistakes.length === 0) {
    // zod's type allows `undefined` for an optional key; it never puts one there.
    return { inventory: parsed.data as Inventory };
  }
  return { mistakes: mistakes.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** The library's own messages quote the text, so only their codes are used. */
function syntaxMistakes(document: Document, lines: LineCounter) {
  return document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    const duplicate = error.code === 'DUPLICATE_KEY';
    const problem = duplicate
      ? 'this key stands here for the second time'
      : `not YAML: ${error.code.toLowerCase().replaceAll('_', ' ')}`;
    return { duplicate, mistake: { line, column: col, path: '', problem } };
  });
}

function plainObject(document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch {
    return undefined;
  }
}
