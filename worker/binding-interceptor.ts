// Asks before every activity whether this worker's inventory still means what the plan of the activity's workflow said.
// One place for all of them, so that none can be forgotten.

import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { changedSince } from '../activities/records/binding.ts';
import type { Binding } from '../contracts/binding.ts';
import type { Inventory } from '../contracts/inventory.ts';
import { TransshipError } from '../domain/transship-error.ts';

export function createBindingInterceptor(inventory: Inventory): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      async execute(input, next) {
        const binding = (input.args[0] as { binding?: Binding } | undefined)?.binding;
        const changed = binding === undefined ? [] : changedSince(inventory, binding);
        if (changed.length > 0)
          throw new TransshipError(
            'InventoryChanged',
            `In the inventory of this worker ${changed.join(', ')} ${changed.length === 1 ? 'is' : 'are'} not what the plan was made for.`,
            { changed },
          );
        return await next(input);
      },
    },
  });
}
