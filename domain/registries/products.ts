// The products, one row each.

import type { RegistryEntry, RegistryKind } from '../../contracts/inventory.ts';
import { distribution } from './distribution/distribution.ts';
import { dtr } from './dtr/dtr.ts';
import type { RegistryProduct } from './product.ts';

const PRODUCTS = { distribution, dtr } satisfies {
  [Kind in RegistryKind]: RegistryProduct<Extract<RegistryEntry, { kind: Kind }>>;
};

export const productOf = ({ kind }: Pick<RegistryEntry, 'kind'>): RegistryProduct<RegistryEntry> =>
  PRODUCTS[kind];

export const isRegistryKind = (kind: unknown): kind is RegistryKind =>
  typeof kind === 'string' && Object.hasOwn(PRODUCTS, kind);
