import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { generatedPages } from '../../docs/generate.ts';
import { inventoryExample } from '../../docs/inventory-page.ts';
import { checkInventory } from '../../worker/inventory/load.ts';

const pages = await generatedPages();

test.each(Object.keys(pages))('docs/%s is what the code says (else: npm run docs:generate)', async (name) => {
  const written = await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  expect(written).toBe(pages[name]);
});

test('the example of the inventory page has no mistakes', () => {
  expect(checkInventory(inventoryExample)).toHaveProperty('inventory');
});
