// Where a DTR says that its content is: two answers of its API and nothing else, because it is asked in the middle of a switch,
// when what else it could say may fail.

import type { z } from 'zod';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import type { Dtr } from './dtr.ts';
import { settingsShape, type StorageSettings, storageSettingsShape } from './dtr-shapes.ts';
import { describeStorage } from '../describe-storage.ts';

export async function shownStorage({ api }: Pick<Dtr, 'api'>): Promise<RegistryState['storage']> {
  const [section, settings] = await Promise.all([
    api.get('admin/settings/registry', storageSettingsShape),
    api.get('meta/settings', settingsShape),
  ]);
  return storageIn(section, settings);
}

/** Which volume or export the driver's folder is, only the general settings say (dtr-msr.md §3.5). */
export function storageIn(
  section: StorageSettings,
  { storageVolume, nfsHost, nfsPath }: z.infer<typeof settingsShape>,
): RegistryState['storage'] {
  const { driver, fields } = describeStorage(section.storage);
  const nfs = nfsHost ? { nfsHost, nfsPath: nfsPath ?? '' } : {};
  return { driver, fields: { ...fields, ...nfs }, volume: storageVolume ?? '' };
}
