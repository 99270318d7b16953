// Takes a metadata backup: the bootstrapper writes it on the host, it is read to its end and checked there, and only
// then stored. The record in the journal makes it once-only, so that a retry never backs up a later state.

import type { BackupContent, MetadataBackup } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { readRemoteJobOutput, removeRemoteJob } from '../../hosts/remote-job.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { PlannedRun } from '../control-plane.ts';
import { remoteJobId, runBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';
import { readMetadataArchive } from './metadata-archive.ts';

export async function backUpMetadata(
  dtr: Dtr,
  run: PlannedRun,
  { name, replica, holding }: { name: string; replica: string; holding: BackupContent | null },
): Promise<MetadataBackup> {
  const { entry, environment, meter } = dtr;
  const { job, version } = run;
  const { inventory } = environment;
  const id = `backup-${name}`;
  const remoteId = remoteJobId(job, id);
  const host = await environment.openHost(entry.bootstrapHost);
  const journal = await environment.openStorage(inventory.journal);
  const record = fileOf('backup', { job, name });
  const known = await readRecord<MetadataBackup>(journal, record);
  if (known !== undefined) {
    // The attempt that wrote the record may have been killed before it could do this.
    await removeRemoteJob(host, remoteId);
    return known;
  }

  // Always the same replica, as S2 advises.
  await runBootstrapper(dtr, run, { id, command: { name: 'backup', replica } });
  const { signal } = meter;
  const readArchive = () => readRemoteJobOutput(host, remoteId, { signal });
  const facts = await readMetadataArchive(await readArchive(), version, holding).catch(
    async (error: unknown) => {
      if (error instanceof TransshipError && error.type === 'BackupInvalid')
        await removeRemoteJob(host, remoteId);
      throw error;
    },
  );

  const backups = await environment.openStorage(inventory.repositories[inventory.backups]!.storage);
  const key = `${dtr.name}/${job.split('/').at(-1)}/metadata-${name}-v${version}.tar`;
  const { bytes: size, sha256 } = facts;
  await backups.write(key, await readArchive(), { size, sha256 }, { signal });

  const backup: MetadataBackup = { key, ...facts, version, replica };
  await writeRecord(journal, record, backup);
  // The archive holds private keys; it lies on the host no longer than needed.
  await removeRemoteJob(host, remoteId);
  return backup;
}
