// Takes a metadata backup: the bootstrapper writes it on the host, it is read to its end and checked there, and only
// then stored. The record in the journal makes it once-only, so that a retry never backs up a later state.

import type { MetadataBackup } from '../../../contracts/host-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Environment } from '../../environment.ts';
import { readJobOutput, removeJob } from '../../hosts/remote-job.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import { remoteJobId, runBootstrapper } from './bootstrapper.ts';
import { readMetadataArchive } from './metadata-archive.ts';
import { withHeartbeat } from '../../concurrency/heartbeat.ts';

export type BackupRequest = { registry: string; job: string; version: string; name: string; replica: string };

export async function backUpMetadata(
  environment: Environment,
  request: BackupRequest,
): Promise<MetadataBackup> {
  const { registry, job, version, name, replica } = request;
  const { inventory } = environment;
  const id = `backup-${name}`;
  const jobId = remoteJobId({ job, id });
  const host = await environment.openHost(inventory.registries[registry]!.bootstrapHost);
  const journal = await environment.openStorage(inventory.journal);
  const record = fileOf('backup', { job, name });
  const known = await readRecord<MetadataBackup>(journal, record);
  if (known !== undefined) {
    // The attempt that wrote the record may have been killed before it could do this.
    await removeJob(host, jobId);
    return known;
  }

  // Always the same replica, as S2 advises.
  await runBootstrapper(environment, {
    registry,
    job,
    version,
    id,
    command: { name: 'backup', replica },
  });
  return withHeartbeat(environment, async ({ signal }) => {
    const readArchive = () => readJobOutput(host, jobId, { signal });
    const facts = await readMetadataArchive(await readArchive(), version).catch(async (error: unknown) => {
      if (error instanceof TransshipError && error.type === 'BackupInvalid') await removeJob(host, jobId);
      throw error;
    });

    const backups = await environment.openStorage(inventory.backups);
    const key = `${registry}/${job.split('/').at(-1)}/metadata-${name}-v${version}.tar`;
    const { bytes: size, sha256 } = facts;
    await backups.write(key, await readArchive(), { size, sha256 }, { signal });

    const backup: MetadataBackup = { key, ...facts, version, replica };
    await writeRecord(journal, record, backup);
    // The archive holds private keys; it lies on the host no longer than needed.
    await removeJob(host, jobId);
    return backup;
  });
}
