// Garbage collection, and whatever else writes by a schedule, must come back as it was, whatever happens in between. The
// setting is saved in the journal before it is changed, and a save is never overwritten: a retry sees nothing that is on, and
// would save that. That it came back is written down, too: what an earlier run has turned off and left off is found.

import type { Finding } from '../../contracts/finding.ts';
import { stops } from '../../domain/finding.ts';
import type { JobFolder, SavedSetting } from '../../contracts/registry-activities.ts';
import { operationWorkflowId } from '../../contracts/names.ts';
import { fileOf, jobFolder } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import { withoutJournal } from '../journal/without-journal.ts';
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
  await registry.pauseCollection(saved);
  return { saved };
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
  await withoutJournal(async () => {
    await writeRecord(journal, fileOf('collection-resumed', { job }), setting.words);
  });
  return { resumed: setting.words };
}

/** A journal that is away or damaged does not keep the way out from what the workflow knows as well. */
async function readSaved(
  journal: Storage,
  job: JobFolder,
  known: SavedSetting | null,
): Promise<SavedSetting | undefined> {
  const reading = readRecord<SavedSetting>(journal, fileOf('collection', { job }));
  if (known === null) return await reading;
  return await withoutJournal(() => reading);
}

/** What an earlier run of this registry has turned off and not put back, and what is not on again by other hands. */
export async function findUnresumed(
  journal: Storage,
  registry: string,
  now: SavedSetting,
): Promise<{ key: string; words: string[] }[]> {
  const workflow = operationWorkflowId({ kind: 'registry', name: registry });
  const prefix = jobFolder('migration', { workflow, run: '' });
  const saved: string[] = [];
  const resumed = new Set<string>();
  for await (const { key } of journal.list({ prefix })) {
    const job = key.slice(0, key.lastIndexOf('/'));
    if (key === fileOf('collection', { job }).key) saved.push(job);
    if (key === fileOf('collection-resumed', { job }).key) resumed.add(job);
  }
  const isOn = new Set(now.words.map(nameIn));
  const found: { key: string; words: string[] }[] = [];
  for (const job of saved.filter((one) => !resumed.has(one))) {
    const file = fileOf('collection', { job });
    const setting = await readRecord<SavedSetting>(journal, file);
    const words = (setting?.words ?? []).filter((line) => !isOn.has(nameIn(line)));
    if (words.length > 0) found.push({ key: file.key, words });
  }
  return found;
}

export const unresumedFinding = ({ key, words }: { key: string; words: string[] }): Finding =>
  stops(
    `An earlier run has turned off ${words.join(', ')} and has not put it back (${key} in the journal).`,
    'Put it back, or remove that file if it is to stay off.',
  );

/** A line begins with what it is called. */
const nameIn = (words: string): string => words.split(' ')[0]!;
