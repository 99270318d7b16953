// Takes the metadata of a set: by the product's own backup, which is taken once, or the files that configure a product that has
// none, which are written anew by an attempt that follows a killed one.

import type { BackupActivities, MetadataInSet } from '../../contracts/backup.ts';
import { setFileKey } from '../../domain/backup/set.ts';
import type { ControlPlane } from '../registry/control-plane.ts';
import { writeSealed } from '../repositories/sealed-file.ts';
import { archiveOfConfigurations } from './metadata.ts';
import type { SetRepository } from './open-sets.ts';

type Request = Parameters<BackupActivities['backUpSetMetadata']>[0];

export async function backUpSetMetadata(
  registry: ControlPlane,
  repository: SetRepository,
  { job, version, replica, registry: name, set }: Request,
): Promise<MetadataInSet> {
  const key = setFileKey(name, set, 'metadata.tar.gpg');
  if (registry.configurations !== undefined) {
    const archive = archiveOfConfigurations(await registry.configurations());
    return { ...(await writeSealed(repository, key, archive, registry.meter)), rows: {} };
  }
  const into = { repository: repository.name, key };
  const backup = await registry.backUpMetadata(
    { job, version },
    { name: 'set', replica, holding: null, into },
  );
  const { stored, rows } = backup!;
  return { bytes: stored.bytes, sha256: stored.sha256, rows };
}
