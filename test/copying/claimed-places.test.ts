// A claim is of the places that were claimed, and not of paths, which can be links that are turned.

import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { copyingRig, request } from './copying-rig.ts';

const { storages, folderOf, put, everything, perform, copyPass } = copyingRig();

test.each(['source', 'destination'])(
  'a claim ends when the link that is its %s leads elsewhere',
  async (side) => {
    const sides = { source: 'filesystem-a', destination: 'filesystem-b', [side]: 'by-link' };
    const turn = async (to: string): Promise<void> => {
      await rm(folderOf('by-link'), { force: true });
      await symlink(folderOf(to), folderOf('by-link'));
    };
    await turn(side === 'source' ? 'filesystem-a' : 'filesystem-b');
    storages.set('by-link', openFilesystemStorage(folderOf('by-link')));
    await put('filesystem-a', 'object', 'x');
    await copyPass({ pass: 1, ...sides });
    expect(await everything('filesystem-b')).toEqual(await everything('filesystem-a'));
    await mkdir(folderOf('other'));
    await writeFile(join(folderOf('other'), 'foreign'), 'precious');
    await turn('other');
    const environment = new MockActivityEnvironment();
    await expect(
      perform(environment, 'claimDestination', { job: 'jobs/test', ...sides }),
    ).rejects.toMatchObject({ type: 'DestinationNotEmpty' });
    const pass = request({ pass: 2, ...sides });
    await expect(perform(environment, 'planPass', { ...pass, final: true })).rejects.toMatchObject({
      type: 'DestinationClaimed',
    });
  },
);
