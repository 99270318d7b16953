import { expect, test } from 'vitest';
import { GOOD_INVENTORY } from '../test/support/inventory-file.ts';
import { inventoryDigest } from './build-id.ts';
import { checkInventory } from './inventory/load.ts';

function digestOf(text: string): string {
  const checked = checkInventory(text);
  if ('mistakes' in checked) throw new Error(JSON.stringify(checked.mistakes));
  return inventoryDigest(checked.inventory);
}

test('workers of two inventories are told apart, but not by schedules, which they do not read', () => {
  const schedules = 'schedules:\n  nightly: { procedure: backup, registry: prod, every: 1d }\n';
  const digest = digestOf(GOOD_INVENTORY);
  expect(digestOf(GOOD_INVENTORY + schedules)).toBe(digest);
  expect(digestOf(GOOD_INVENTORY.replace('bucket: images', 'bucket: others'))).not.toBe(digest);
});
