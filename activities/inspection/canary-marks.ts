// Which storages hold a marked canary: bytes that are not those of their digest, on purpose. It is written down before it is
// so, beside the folders of the runs, so that the next run on the registry finds at once what a terminated one has left.

import type { CanaryMark, JobFolder } from '../../contracts/registry-activities.ts';
import type { Inventory } from '../../contracts/inventory.ts';
import { operationWorkflowId } from '../../contracts/names.ts';
import { boundToOf } from '../../domain/storage/bound-to.ts';
import { fileOf, jobFolder, marksPrefix } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import type { Storage } from '../storage/storage.ts';

type Mark = Pick<CanaryMark, 'storage' | 'canaries'>;

export async function noteMark(journal: Storage, job: JobFolder, mark: Mark): Promise<void> {
  await writeRecord(journal, fileOf('canary-mark', { job }), mark);
}

export async function forgetMark(journal: Storage, job: JobFolder): Promise<void> {
  await journal.remove([fileOf('canary-mark', { job }).key]);
}

export async function findMarks(
  journal: Storage,
  inventory: Inventory,
  registry: string,
): Promise<CanaryMark[]> {
  const workflow = operationWorkflowId({ kind: 'registry', name: registry });
  const prefix = marksPrefix(jobFolder('migration', { workflow, run: '' }));
  const marks: CanaryMark[] = [];
  for await (const { key } of journal.list({ prefix })) {
    const job = jobFolder('migration', { workflow, run: key.slice(prefix.length).replace(/\.json$/, '') });
    const file = fileOf('canary-mark', { job });
    const mark = file.key === key ? await readRecord<Mark>(journal, file) : undefined;
    if (mark !== undefined)
      marks.push({ job, key, boundTo: boundToOf(inventory.storages[mark.storage]) ?? null, ...mark });
  }
  return marks;
}
