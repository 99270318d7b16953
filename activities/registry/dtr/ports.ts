// The ports that replicas listen on. They are no part of a backup, and a command that is not told of them takes the usual ones:
// a registry beside UCP, which has those, would come back where nobody reaches it. So they are read while it is up, and written
// down before the first replica goes.

import type { z } from 'zod';
import type { JobFolder, ReplicaPorts } from '../../../contracts/registry-activities.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { Dtr } from './dtr.ts';
import { settingsShape } from './dtr-shapes.ts';

type Ports = Record<string, ReplicaPorts>;

export const portsIn = ({ replicaSettings }: z.infer<typeof settingsShape>): Ports =>
  Object.fromEntries(
    Object.entries(replicaSettings ?? {}).flatMap(([id, settings]) =>
      settings === null ? [] : [[id, { http: settings.HTTPPort, https: settings.HTTPSPort }]],
    ),
  );

/** As the registry says it now. */
export async function portsOf({ api }: Dtr, replica: string): Promise<{ ports?: ReplicaPorts }> {
  return only(portsIn(await api.get('meta/settings', settingsShape)), replica);
}

/** The first save of a job wins: a later one would miss the replicas that are gone. */
export async function rememberPorts({ api, environment }: Dtr, job: JobFolder): Promise<void> {
  const journal = await environment.openStorage(environment.inventory.journal);
  const file = fileOf('ports', { job });
  if ((await readRecord<Ports>(journal, file)) !== undefined) return;
  await writeRecord(journal, file, portsIn(await api.get('meta/settings', settingsShape)));
}

export async function rememberedPorts(
  { environment }: Dtr,
  job: JobFolder,
  replica: string,
): Promise<{ ports?: ReplicaPorts }> {
  const journal = await environment.openStorage(environment.inventory.journal);
  return only((await readRecord<Ports>(journal, fileOf('ports', { job }))) ?? {}, replica);
}

const only = (all: Ports, replica: string): { ports?: ReplicaPorts } =>
  all[replica] === undefined ? {} : { ports: all[replica] };
