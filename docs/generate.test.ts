import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { checkInventory } from '../worker/inventory/load.ts';
import { generatedPages } from './generate.ts';
import { inventoryExample } from './inventory-page.ts';

const pages = await generatedPages();

test.each(Object.keys(pages))('docs/%s is what the code says (else: npm run docs:generate)', async (name) => {
  const written = await readFile(new URL(name, import.meta.url), 'utf8');
  expect(written).toBe(pages[name]);
});

test('the example of the inventory page has no mistakes', () => {
  expect(checkInventory(inventoryExample)).toHaveProperty('inventory');
});
