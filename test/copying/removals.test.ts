// A final pass removes what is gone from the source, and never because a listing lacks it.

import { describe, expect, test } from 'vitest';
import type { Storage } from '../../activities/storage/storage.ts';
import { altered, copyingRig } from './copying-rig.ts';

const { storages, storage, put, everything, plan, copyPass } = copyingRig();

const fill = async (name: string, count: number): Promise<void> => {
  for (let n = 0; n < count; n += 1) await put(name, `n/${n}`, 'x');
};

describe('removals of a final pass', () => {
  const pass = { pass: 2, source: 'filesystem-a', destination: 'filesystem-b', final: true };
  test('are refused when the source lists nothing', async () => {
    await fill('filesystem-b', 3);
    await expect(plan(pass)).rejects.toMatchObject({
      type: 'SourceUnstable',
      details: { sourceObjects: 0, destinationObjects: 3, surplus: 3 },
    });
    await expect(storage('journal').read('jobs/test/pass-2/list.json')).rejects.toThrow('no object');
  });

  test('are refused when they are more than 100 and a tenth of the destination', async () => {
    await fill('filesystem-a', 120);
    await fill('filesystem-b', 220);
    expect(await plan(pass)).toMatchObject({ removeObjects: 100 });
    await put('filesystem-b', 'n/more', 'x');
    await expect(plan({ ...pass, pass: 3 })).rejects.toMatchObject({ type: 'SourceUnstable' });
  });

  test('are refused of a small destination when they are more than ten and half of it', async () => {
    await put('filesystem-a', 'lies under the unmounted disk', 'x');
    await fill('filesystem-b', 60);
    await expect(plan(pass)).rejects.toMatchObject({ type: 'SourceUnstable' });
    await fill('filesystem-a', 30);
    expect(await plan({ ...pass, pass: 3 })).toMatchObject({ removeObjects: 30 });
  });
});

describe('a removal', () => {
  test('is not made of an object that the source did not list but has', async () => {
    const pass = { pass: 2, source: 'filesystem-a', destination: 'filesystem-b', final: true };
    for (const name of ['filesystem-a', 'filesystem-b']) await fill(name, 3);
    await put('filesystem-b', 'really/gone', 'x');
    const real = storage('filesystem-a');
    storages.set(
      'filesystem-a',
      altered(real, {
        async *list(...args: Parameters<Storage['list']>) {
          for await (const object of real.list(...args)) if (object.key !== 'n/1') yield object;
        },
      }),
    );
    await expect(copyPass(pass)).rejects.toMatchObject({
      type: 'SourceUnstable',
      details: { key: 'n/1' },
    });
    expect(Object.keys(await everything('filesystem-b'))).toEqual(['n/0', 'n/1', 'n/2', 'really/gone']);
    storages.set('filesystem-a', real);
    expect(await copyPass({ ...pass, pass: 3 })).toMatchObject([{ removedObjects: 1 }]);
    expect(await everything('filesystem-b')).toEqual(await everything('filesystem-a'));
  });
});

test('what only the destination has is counted before the window, where the final pass would refuse it', async () => {
  const pass = { source: 'filesystem-a', destination: 'filesystem-b' };
  await fill('filesystem-a', 20);
  await fill('filesystem-b', 121);
  await expect(plan({ ...pass, pass: 1 })).rejects.toMatchObject({
    type: 'SourceUnstable',
    details: { sourceObjects: 20, destinationObjects: 121, surplus: 101 },
  });
});
