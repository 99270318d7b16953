// Garbage collection must come back as it was, whatever happens in between. The setting is saved in the journal before it
// is changed, and a save is never overwritten: a retry sees nothing that is on, and would save that.

import type { JobFolder, SavedSetting } from '../../contracts/registry-activities.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { fileOf } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import type { Storage } from '../storage/storage.ts';
import type { ControlPlane } from './control-plane.ts';

export async function pauseCollection(
  registry: ControlPlane,
  journal: Storage,
  job: JobFolder,
): Promise<{ saved: SavedSetting }> {
  const file = fileOf('collection', { job });
  let saved = await readRecord<SavedSetting>(journal, file);
  if (saved === undefined) {
    saved = await registry.collectionSetting();
    await writeRecord(journal, file, saved);
  }
  await registry.pauseCollection();
  return { saved };
}

/** A damaged file does not keep the way out from what the workflow knows as well. */
async function readSaved(
  journal: Storage,
  job: JobFolder,
  known: SavedSetting | null,
): Promise<SavedSetting | undefined> {
  try {
    return await readRecord<SavedSetting>(journal, fileOf('collection', { job }));
  } catch (error) {
    if (known !== null && error instanceof TransshipError && error.type === 'JournalDamaged')
      return undefined;
    throw error;
  }
}

/** By the journal, in case the pausing was interrupted before it could tell; else by what the workflow knows. */
export async function resumeCollection(
  registry: ControlPlane,
  journal: Storage,
  { job, saved }: { job: JobFolder; saved: SavedSetting | null },
): Promise<{ resumed: string[] }> {
  const setting = (await readSaved(journal, job, saved)) ?? saved;
  if (setting === null) return { resumed: [] };
  await registry.resumeCollection(setting);
  return { resumed: setting.words };
}
