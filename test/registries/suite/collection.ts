// Garbage collection on demand, as the product wants it: read-only or in use.

import { expect, test } from 'vitest';
import { prod, type Subject } from './subject.ts';

export function collection({ run, once, verify }: Subject): void {
  test('is done once for a run, and takes nothing that an image needs', async () => {
    await run('setReadOnly', { ...prod, readOnly: true });
    const first = await run('collectGarbage', once('jobs/collect'));
    expect(await run('collectGarbage', once('jobs/collect'))).toEqual(first);
    await run('setReadOnly', { ...prod, readOnly: false });
    const job = 'jobs/after-collection';
    const { key: snapshot, tags } = await run('snapshotTags', { ...prod, job, name: 'all' });
    expect(await verify({ job, snapshot, sample: 3 })).toMatchObject({ tags, problems: 0 });
  });
}
