// No activity begins on a worker for which a name means another place than the plan said.

import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, it } from 'vitest';
import type { Inventory } from '../contracts/inventory.ts';
import { bindingOf } from '../activities/records/binding.ts';
import { named } from '../test/workflows/fake-activities.ts';
import { createBindingInterceptor } from './binding-interceptor.ts';
import { repositoriesOn } from '../test/support/repositories.ts';

const inventory = {
  registries: { prod: named.entry },
  hosts: {},
  storages: {
    'prod-volume': named.source,
    's3-prod': named.destination,
    journal: { kind: 'filesystem', path: '/journal' },
  },
  journal: 'journal',
  repositories: repositoriesOn('journal'),
  backups: 'main',
} as unknown as Inventory;
const binding = bindingOf(inventory, { registry: 'prod', source: 'prod-volume', destination: 's3-prod' });

const begin = async (own: Inventory, request: unknown): Promise<unknown> =>
  await new MockActivityEnvironment().run(async () => {
    const { execute } = createBindingInterceptor(own)({} as never).inbound!;
    return await execute!({ args: [request], headers: {} }, async () => 'begun');
  });

it('lets an activity begin while all is as the plan said, and one that belongs to no plan', async () => {
  expect(await begin(inventory, { binding })).toBe('begun');
  expect(await begin(inventory, { registry: 'prod' })).toBe('begun');
});

it('refuses one whose destination means another bucket here, and names it', async () => {
  const other = structuredClone(inventory);
  Object.assign(other.storages['s3-prod']!, { bucket: 'someone-elses' });
  await expect(begin(other, { binding })).rejects.toMatchObject({
    type: 'InventoryChanged',
    retryable: false,
    message: expect.stringContaining('storage/s3-prod') as string,
  });
  // The way out rests on the registry alone.
  const ofRegistry = { 'registry/prod': binding['registry/prod']! };
  expect(await begin(other, { binding: ofRegistry })).toBe('begun');
});
