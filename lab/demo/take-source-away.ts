// Takes the storage that the registry started on away, so that whatever is pulled from then on comes from another one.

import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readLab } from '../estate/lab-config.ts';
import { openMoreStorages } from '../estate/more-storages.ts';
import { BIND_FOLDER, SOURCE_BUCKET, SOURCE_VOLUME } from '../estate/storages.ts';
import { silent } from '../progress.ts';

export async function takeSourceAway(dir: string): Promise<void> {
  const lab = await readLab(dir);
  if (lab === undefined) throw new Error(`There is no lab in ${dir}.`);
  const { storage } = lab;
  if (storage === 'volume') return await moveAway(join(dir, 'shared', SOURCE_VOLUME, '_data'));
  if (storage === 'bind') return await moveAway(join(dir, BIND_FOLDER));
  if (storage === 's3') return await moveAway(join(dir, 's3', SOURCE_BUCKET));
  const more = await openMoreStorages(dir, lab, silent);
  await more[storage]?.clear('source');
}

const moveAway = (folder: string): Promise<void> => rename(folder, `${folder}-taken-away`);
