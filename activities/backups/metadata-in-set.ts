// Takes the metadata of a set, once: what a killed attempt has written and not put on record is written anew, and what is on
// record stays, so that the tags that were listed after it are those that it was taken before.

import type { BackupActivities, MetadataInSet } from '../../contracts/backup.ts';
import { setFileKey } from '../../domain/backup/set.ts';
import { fileOf } from '../journal/keys.ts';
import { readRecord, writeRecord } from '../journal/record.ts';
import type { ControlPlane } from '../registry/control-plane.ts';
import type { SetRepository } from './open-sets.ts';
import type { Storage } from '../storage/storage.ts';
import { writeByDisk } from '../storage/write-by-disk.ts';
import { archiveOfConfigurations } from './metadata.ts';

type Request = Parameters<BackupActivities['backUpSetMetadata']>[0];

export async function backUpSetMetadata(
  registry: ControlPlane,
  { journal, repository }: { journal: Storage; repository: SetRepository },
  request: Request,
): Promise<MetadataInSet> {
  const record = fileOf('backup', { job: request.job, name: 'set' });
  const known = await readRecord<MetadataInSet>(journal, record);
  if (known !== undefined) return known;
  const metadata = await takeMetadata(registry, repository, request);
  await writeRecord(journal, record, metadata);
  return metadata;
}

async function takeMetadata(
  registry: ControlPlane,
  repository: SetRepository,
  request: Request,
): Promise<MetadataInSet> {
  const { meter } = registry;
  const key = setFileKey(request.registry, request.set, 'metadata.tar.gpg');
  const archive = archiveOfConfigurations(await registry.configurations!());
  const sealed = repository.encryption.encrypt(archive, meter);
  return { ...(await writeByDisk(repository.storage, key, sealed, meter)), rows: {} };
}
