// The JSON Schema of the inventory, for editors. It is made from the schema that the check uses, so they cannot differ.

import { z } from 'zod';
import { inventorySchema } from './schema.ts';

export function inventoryJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(inventorySchema, { io: 'input', target: 'draft-2020-12', reused: 'inline' });
}
