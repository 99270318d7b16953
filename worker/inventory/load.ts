// Reads and checks an inventory file. Either everything in it is right, or one `InvalidInput` lists every mistake with
// its line and column. Nothing of the file's text goes into a message: a secret may have been written there by mistake.

import type { Inventory } from '../../contracts/inventory.ts';
import { crossCheck, remarksOn } from './cross-checks.ts';
import { locate } from './locate.ts';
import { formatMistake, mistakesOfIssues, type LocatedMistake } from './mistake.ts';
import { inventorySchema } from './schema.ts';
import { byPlace, parseText, readText, refusalOf } from './yaml-file.ts';

const WHAT = 'the inventory';

/** As `readInventory`, for those who only use it. */
export const loadInventory = async (file: string): Promise<Inventory> =>
  (await readInventory(file)).inventory;

/** `InvalidInput` with `details.mistakes`, each `LINE:COLUMN PATH: PROBLEM`; also if the file cannot be read. */
export async function readInventory(file: string): Promise<{ inventory: Inventory; remarks: string[] }> {
  const checked = checkInventory(await readText(file, WHAT));
  if ('mistakes' in checked) throw refusalOf(file, WHAT, checked.mistakes);
  return { inventory: checked.inventory, remarks: checked.remarks.map(formatMistake) };
}

/** The inventory and what is to be said of it, or its mistakes; each in the order of their lines. */
export function checkInventory(
  text: string,
): { inventory: Inventory; remarks: LocatedMistake[] } | { mistakes: LocatedMistake[] } {
  const read = parseText(text);
  if ('mistakes' in read) return read;
  const { document, lines, content, twice } = read;
  const parsed = inventorySchema.safeParse(content);
  const mistakes = [
    ...twice,
    ...[...(parsed.success ? [] : mistakesOfIssues(parsed.error.issues)), ...crossCheck(content)].map(
      (mistake) => locate(document, lines, mistake),
    ),
  ];
  if (parsed.success && mistakes.length === 0) {
    // zod's type allows `undefined` for an optional key; it never puts one there.
    const remarks = remarksOn(content).map((remark) => locate(document, lines, remark));
    return { inventory: parsed.data as Inventory, remarks: remarks.sort(byPlace) };
  }
  return { mistakes: mistakes.sort(byPlace) };
}
