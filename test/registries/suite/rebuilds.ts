// Taken down to the last replica, brought up from a backup, and joined again: the same registry. Each step may be called again
// after it was done.

import { expect, test } from 'vitest';
import { prod, type Subject } from './subject.ts';

export function rebuilds({ opened, run, once, replicas, rows, verify }: Subject): void {
  test('brings every tag and every image back', async () => {
    const request = once('jobs/rebuild');
    const [first, ...others] = replicas() as [string, ...string[]];
    const before = await run('snapshotTags', { ...prod, job: request.job, name: 'before' });
    const backup = await run('backUpMetadata', { ...request, name: 'final', replica: first, holding: null });

    for (const replica of [...others, first])
      for (let attempt = 0; attempt < 2; attempt += 1) await run('takeDownReplica', { ...request, replica });
    await expect(run('inspectRegistry', prod)).rejects.toMatchObject({ type: 'RegistryUnhealthy' });

    const up = { ...request, backup: backup!, replica: first, storage: opened().storages.source };
    for (let attempt = 0; attempt < 2; attempt += 1) await run('bringUpReplica', up);
    await run('waitUntilHealthy', { ...prod, replicas: [first] });
    for (const replica of others)
      for (let attempt = 0; attempt < 2; attempt += 1)
        await run('joinReplica', { ...request, replica, existing: first });
    await run('waitUntilHealthy', { ...prod, replicas: replicas() });

    const after = await run('snapshotTags', { ...prod, job: request.job, name: 'after' });
    expect(await rows(after.key)).toEqual(await rows(before.key));
    const found = await verify({ job: request.job, snapshot: before.key, sample: 3 });
    expect(found).toMatchObject({ tags: before.tags, problems: 0 });
    expect(await run('proveWritable', prod)).toHaveLength(replicas().length);
  });
}
