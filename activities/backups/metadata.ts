// What a registry keeps beside its storage, as a tar archive that nobody can read without the repository's keys: the vendor's
// archive, or of a product that has none the configuration of each replica. It is encrypted on its way, and in clear nowhere
// but in memory.

import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import type { SetManifest } from '../../contracts/backup.ts';
import type { RegistryKind } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Configuration } from '../registry/control-plane.ts';
import { readMetadataArchive } from '../registry/dtr/metadata-archive.ts';
import type { SetRepository } from './open-sets.ts';
import { type OpenSet, readSetFile } from './set-reader.ts';

const METADATA = 'metadata.tar.gpg';
const CONFIGURATIONS = 'distribution-config/';

/** `distribution-config/<replica>/<name of the file>`, with nothing in it that another run would write otherwise. */
export function archiveOfConfigurations(configurations: readonly Configuration[]): Readable {
  const archive = pack();
  const mtime = new Date(0);
  for (const { replica, file, text } of configurations) {
    const name = `${CONFIGURATIONS}${replica}/${file.slice(file.lastIndexOf('/') + 1)}`;
    archive.entry({ name, mode: 0o600, mtime }, text);
  }
  archive.finalize();
  return Readable.from(archive);
}

type Check = (archive: Readable, manifest: SetManifest) => Promise<void>;

const ARCHIVES: Record<RegistryKind, Check> = {
  async dtr(archive, { version, rows }) {
    const facts = await readMetadataArchive(archive, version);
    for (const table of new Set([...Object.keys(rows), ...Object.keys(facts.rows)]))
      if (rows[table] !== facts.rows[table])
        throw invalid(
          `has ${facts.rows[table] ?? 0} rows of ${table}, and its manifest names ${rows[table] ?? 0}`,
        );
  },
  async distribution(archive, { replicas }) {
    const found = new Set<string>();
    const parser = extract();
    parser.on('entry', ({ name }, body, next) => {
      if (name.startsWith(CONFIGURATIONS)) found.add(name.slice(CONFIGURATIONS.length).split('/')[0]!);
      body.on('end', next);
      body.resume();
    });
    await pipeline(archive, parser);
    const missing = replicas.filter(({ id }) => !found.has(id));
    if (missing.length > 0)
      throw invalid(`has no configuration of ${missing.map(({ id }) => id).join(', ')}`);
  },
};

/** Of a set of a product that is configured by files. */
export async function readConfigurations(
  repository: SetRepository,
  set: OpenSet,
  meter: Meter,
): Promise<Configuration[]> {
  const sealed = Readable.from(readSetFile(repository, set, METADATA, meter));
  const configurations: Configuration[] = [];
  const parser = extract();
  parser.on('entry', ({ name }, body, next) => {
    const [replica = '', file = ''] = name.slice(CONFIGURATIONS.length).split('/');
    const chunks: Buffer[] = [];
    body.on('data', (chunk) => chunks.push(chunk as Buffer));
    body.on('end', () => {
      if (name.startsWith(CONFIGURATIONS))
        configurations.push({ replica, file, text: Buffer.concat(chunks).toString() });
      next();
    });
  });
  await pipeline(repository.encryption.decrypt(sealed, METADATA, meter), parser);
  return configurations;
}

/** `SetInvalid`, `BackupInvalid` or `KeyRefused` unless it can be decrypted and is what the manifest says. */
export async function checkMetadata(repository: SetRepository, set: OpenSet, meter: Meter): Promise<void> {
  const sealed = Readable.from(readSetFile(repository, set, METADATA, meter));
  const archive = repository.encryption.decrypt(sealed, METADATA, meter);
  await ARCHIVES[set.manifest.product](archive, set.manifest);
}

const invalid = (problem: string): TransshipError => new TransshipError('SetInvalid', problem);
