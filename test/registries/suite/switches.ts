// Another storage, and the old one again: with all tags and all images, however often it is asked for.

import { expect, test } from 'vitest';
import { prod, type Subject } from './subject.ts';

export function switches({
  opened,
  run,
  once,
  replicas,
  rows,
  verify,
  ways,
  push,
  tagsOf,
  content,
}: Subject): void {
  const readOnly = async (on: boolean): Promise<void> => {
    await run('setReadOnly', { ...prod, readOnly: on });
  };

  test('there and back keep every tag and every image, and twice is once', async () => {
    const job = 'jobs/switch';
    const { source, destination, copy } = opened().storages;
    const replica = replicas()[0]!;
    const before = await run('snapshotTags', { ...prod, job, name: 'before' });
    const asBefore = async (name: string): Promise<void> => {
      await run('waitUntilHealthy', { ...prod, replicas: replicas() });
      await run('proveReadOnly', prod);
      const after = await run('snapshotTags', { ...prod, job, name });
      expect(after.tags).toBe(before.tags);
      expect(await rows(after.key)).toEqual(await rows(before.key));
      const found = await verify({ job, snapshot: before.key, sample: 5, name });
      expect(found).toMatchObject({ tags: before.tags, problems: 0, pulledTags: 5 });
    };
    await readOnly(true);
    const { storage: old } = await run('inspectRegistry', prod);
    await copy();
    const to = { ...once(job), storage: destination, how: ways().there, replica };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await run('switchStorage', to);
      expect((await run('inspectRegistry', prod)).storage).toEqual(opened().destinationShown);
    }
    await asBefore('there');

    const back = { ...once(job), storage: source, how: ways().back, replica };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await run('switchStorage', back);
      expect((await run('inspectRegistry', prod)).storage).toEqual(old);
    }
    await asBefore('back');

    await readOnly(false);
    await run('proveWritable', prod);
    await push('dev/app', 'after', content().app);
    expect(await tagsOf('dev/app')).toContain('after');
    await opened().onRegistry(async (registry) => await registry.removeTag('dev/app', 'after'));
  });

  test('in a way that the product does not have is refused', async () => {
    const request = {
      ...once('jobs/no-way'),
      storage: opened().storages.destination,
      replica: replicas()[0]!,
    };
    await expect(run('switchStorage', { ...request, how: 'by magic' })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });
}
