// In the middle of a switch a registry is asked for its place alone.

import { expect, test } from 'vitest';
import { named } from '../../test/workflows/fake-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import type { ControlPlane } from './control-plane.ts';
import type { Dtr } from './dtr/dtr.ts';
import { shownStorage } from './dtr/shown-storage.ts';
import { locateStorage, requirePlace } from './where.ts';

const ANSWERS: Record<string, unknown> = {
  'admin/settings/registry': {
    storage: { delete: { enabled: true }, filesystem: { rootdirectory: '/storage' } },
  },
  'meta/settings': { storageVolume: 'dtr-images' },
};

/** A DTR of which everything but its settings fails. */
const api = {
  get: async (path: string, shape: { parse: (value: unknown) => unknown }) => {
    if (!(path in ANSWERS)) throw new TransshipError('RegistryUnhealthy', `GET ${path} answered 500.`);
    return shape.parse(ANSWERS[path]);
  },
};
const registry = {
  kind: 'dtr',
  name: 'prod',
  storage: async () => await shownStorage({ api } as unknown as Dtr),
} as unknown as ControlPlane;
const storages = { 'prod-volume': named.source, 's3-prod': named.destination };
const environment = { inventory: { storages } } as unknown as Environment;

test('it says where it is although nothing else of it answers', async () => {
  expect(await locateStorage(environment, registry, ['prod-volume', 's3-prod', 'gone'])).toEqual({
    uses: ['prod-volume'],
    place: 'the driver "filesystem", volume "dtr-images", rootdirectory /storage',
  });
  await requirePlace(environment, registry, { storage: 'prod-volume', other: 's3-prod' });
  await expect(
    requirePlace(environment, registry, { storage: 's3-prod', other: 'prod-volume' }),
  ).rejects.toMatchObject({ type: 'WrongStorage' });
});
