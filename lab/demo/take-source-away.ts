// Takes the storage that the registry started on away, so that whatever is pulled from then on comes from another one.

import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LabConfig, readLab } from '../estate/lab-config.ts';
import { openMoreStorages } from '../estate/more-storages.ts';
import { replicaIdOf } from '../estate/registry.ts';
import { BIND_FOLDER, SOURCE_BUCKET, SOURCE_VOLUME } from '../estate/storages.ts';
import { silent } from '../progress.ts';

export async function takeSourceAway(dir: string): Promise<void> {
  const lab = await readLab(dir);
  if (lab === undefined) throw new Error(`There is no lab in ${dir}.`);
  const { storage } = lab;
  if (storage === 'volume') return await moveAway(join(dir, 'shared', SOURCE_VOLUME, '_data'));
  // "destroy" may have taken it already
  if (storage === 'default') return await removeDefaultVolume(dir, lab);
  if (storage === 'bind') return await moveAway(join(dir, BIND_FOLDER));
  if (storage === 's3') return await moveAway(join(dir, 's3', SOURCE_BUCKET));
  const more = await openMoreStorages(dir, lab, silent);
  await more[storage]?.clear('source');
}

const removeDefaultVolume = async (dir: string, { nodes }: LabConfig): Promise<void> =>
  await rm(join(dir, 'hosts', nodes[0]!.name, 'volumes', `dtr-registry-${replicaIdOf(0)}`), {
    recursive: true,
    force: true,
  });

async function moveAway(folder: string): Promise<void> {
  const away = `${folder}-taken-away`;
  // Of an earlier registry of the same lab
  await rm(away, { recursive: true, force: true });
  await rename(folder, away);
}
