// Reads and checks an inventory file. Either everything in it is right, or one `InvalidInput` lists every mistake with
// its line and column. Nothing of the file's text goes into a message: a secret may have been written there by mistake.

import { createReadStream } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { isScalar, LineCounter, parseDocument, type Document, visit } from 'yaml';
import type { Inventory } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { crossCheck, remarksOn } from './cross-checks.ts';
import { locate } from './locate.ts';
import { formatMistake, mistakesOfIssues, type LocatedMistake } from './mistake.ts';
import { inventorySchema } from './schema.ts';

/** Far more than any estate needs; what is larger is another file. */
const MAX_BYTES = 1024 ** 2;
/** Of the mistakes of a file in the message of its failure; its details have all of them. */
const MAX_TOLD = 100;

/** As `readInventory`, for those who only use it. */
export const loadInventory = async (file: string): Promise<Inventory> =>
  (await readInventory(file)).inventory;

/** `InvalidInput` with `details.mistakes`, each `LINE:COLUMN PATH: PROBLEM`; also if the file cannot be read. */
export async function readInventory(file: string): Promise<{ inventory: Inventory; remarks: string[] }> {
  let text: string;
  try {
    // One byte more than is taken, so that a file without end is not read to it.
    const bytes = await buffer(createReadStream(file, { end: MAX_BYTES }));
    if (bytes.length > MAX_BYTES)
      throw new TransshipError('InvalidInput', `the inventory ${file} has more than ${MAX_BYTES} bytes`, {
        file,
      });
    text = bytes.toString('utf8');
  } catch (error) {
    if (error instanceof TransshipError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new TransshipError('InvalidInput', `the inventory ${file} cannot be read: ${code}`, { file });
  }
  const checked = checkInventory(text);
  if ('inventory' in checked)
    return { inventory: checked.inventory, remarks: checked.remarks.map(formatMistake) };
  const mistakes = checked.mistakes.map(formatMistake);
  const told = mistakes.slice(0, MAX_TOLD);
  if (told.length < mistakes.length) told.push(`and ${mistakes.length - told.length} more`);
  const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
  throw new TransshipError('InvalidInput', `the inventory ${file} has ${count}:\n  ${told.join('\n  ')}`, {
    file,
    mistakes,
  });
}

/** The inventory and what is to be said of it, or its mistakes; each in the order of their lines. */
export function checkInventory(
  text: string,
): { inventory: Inventory; remarks: LocatedMistake[] } | { mistakes: LocatedMistake[] } {
  const lines = new LineCounter();
  const document: Document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Found below: the library compares each key with each.
    uniqueKeys: false,
  });
  const syntax = syntaxMistakes(document, lines);
  if (syntax.length > 0) return { mistakes: syntax };

  const file = plainObject(document);
  if (file === undefined)
    return { mistakes: [{ line: 1, column: 1, path: '', problem: 'an alias has no anchor before it' }] };
  const parsed = inventorySchema.safeParse(file);
  const mistakes = [
    ...duplicateKeys(document, lines),
    ...[...(parsed.success ? [] : mistakesOfIssues(parsed.error.issues)), ...crossCheck(file)].map(
      (mistake) => locate(document, lines, mistake),
    ),
  ];
  if (parsed.success && mistakes.length === 0) {
    // zod's type allows `undefined` for an optional key; it never puts one there.
    const remarks = remarksOn(file).map((remark) => locate(document, lines, remark));
    return { inventory: parsed.data as Inventory, remarks: remarks.sort(byPlace) };
  }
  return { mistakes: mistakes.sort(byPlace) };
}

const byPlace = (a: LocatedMistake, b: LocatedMistake): number => a.line - b.line || a.column - b.column;

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
