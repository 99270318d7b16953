// Takes a metadata backup: what the bootstrapper prints is checked and encrypted while it streams into the repository, so
// that it is in clear on no disk. The record in the journal makes it once-only, so that a retry never backs up a later state;
// an attempt that was killed before is begun again, which changes nothing in the registry.

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { MetadataBackup } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Meter } from '../../concurrency/heartbeat.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import { openRepository, type Repository } from '../../repositories/open-repository.ts';
import { readSealed, writeSealed } from '../../repositories/sealed-file.ts';
import type { ControlPlane, PlannedRun } from '../control-plane.ts';
import { streamBootstrapper } from './bootstrapper.ts';
import type { Dtr } from './dtr.ts';
import { requireRoomInMemory } from './host-memory.ts';
import { type ArchiveFacts, checkedArchive } from './metadata-archive.ts';

export async function backUpMetadata(
  dtr: Dtr,
  { job, version }: PlannedRun,
  { name, replica, holding, into }: Parameters<ControlPlane['backUpMetadata']>[1],
): Promise<MetadataBackup> {
  const { entry, environment, meter } = dtr;
  const { inventory } = environment;
  const journal = await environment.openStorage(inventory.journal);
  const record = fileOf('backup', { job, name });
  const known = await readRecord<MetadataBackup>(journal, record);
  if (known !== undefined) return known;

  const repository = await openRepository(environment, into?.repository ?? inventory.backups, meter);
  const key =
    into?.key ?? `migrations/${dtr.name}/${job.split('/').at(-1)}/metadata-${name}-v${version}.tar.gpg`;
  let facts: ArchiveFacts | undefined;
  // Always the same replica, as S2 advises. It may be silent for long, over a connection that is watched.
  const archive = await streamBootstrapper(dtr, version, { name: 'backup', replica });
  const checked = Readable.from(
    checkedArchive(archive, version, holding, (found) => (facts = found)),
    { objectMode: false },
  );
  const stored = await meter
    .patiently(writeSealed(repository, key, checked, meter))
    // Where nobody came to reading it, its command would wait for that.
    .finally(() => archive.destroy());
  const { sha256, bytes, rows } = facts!;
  await requireReadable(repository, key, sha256, meter);
  // One that is measured against what the registry serves is to be restored: this is the last moment before it is destroyed.
  if (holding !== null) await requireRoomInMemory(await environment.openHost(entry.bootstrapHost), bytes);

  const backup = {
    key,
    sha256,
    bytes,
    rows,
    version,
    replica,
    stored: { repository: repository.name, ...stored },
  };
  await writeRecord(journal, record, backup);
  return backup;
}

/** A backup that this worker cannot open again is none. */
async function requireReadable(
  repository: Repository,
  key: string,
  sha256: string,
  meter: Meter,
): Promise<void> {
  if (!repository.encryption.reads) return;
  const hash = createHash('sha256');
  for await (const chunk of await readSealed(repository, key, meter)) {
    hash.update(chunk as Buffer);
    meter.moved();
  }
  if (hash.digest('hex') !== sha256)
    throw new TransshipError(
      'IntegrityMismatch',
      `${key} in the repository ${repository.name} opens to other bytes`,
    );
}
