// What was approved is what is used: an activity whose names mean something else here does not begin.

import { expect, it } from 'vitest';
import type { Inventory } from '../contracts/inventory.ts';
import { named } from '../test/workflows/fake-activities.ts';
import { bindingOf } from '../activities/records/binding.ts';
import { createBindingInterceptor } from './binding-interceptor.ts';

const inventory = {
  registries: { prod: named.entry },
  hosts: {},
  storages: { 'prod-volume': named.source, 's3-prod': named.destination, journal: named.source },
  journal: 'journal',
  backups: 'journal',
} as unknown as Inventory;
const binding = bindingOf(inventory, { registry: 'prod', source: 'prod-volume', destination: 's3-prod' });

const execute = async (request: object, here: Inventory): Promise<unknown> => {
  const { inbound } = createBindingInterceptor(here)({} as never);
  return await inbound!.execute!({ args: [request], headers: {} }, async () => 'done');
};

it('lets activities begin for which everything means what it meant', async () => {
  expect(await execute({ binding }, inventory)).toBe('done');
  expect(await execute({}, inventory)).toBe('done');
});

it('refuses where a name means another place than the plan said', async () => {
  const storages = { ...inventory.storages, 's3-prod': { ...named.destination, bucket: 'other' } };
  await expect(execute({ binding }, { ...inventory, storages })).rejects.toMatchObject({
    type: 'InventoryChanged',
    message: expect.stringContaining('storage/s3-prod'),
  });
});
