// Metadata backups: read to their end, kept, and once under their name. A product may have nothing to back up.

import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { fileOf } from '../../../activities/journal/keys.ts';
import { readRecord } from '../../../activities/journal/record.ts';
import { openRepository } from '../../../activities/repositories/open-repository.ts';
import { readSealed } from '../../../activities/repositories/sealed-file.ts';
import { sha256 } from '../../support/digests.ts';
import { prod, type Subject } from './subject.ts';

export function backups({ opened, run, once, push, replicas, content }: Subject): void {
  test('hold what the registry serves, and a retry does not back up a later state', async () => {
    const request = { ...once('jobs/backup'), name: 'final', replica: replicas()[0]!, holding: null };
    const backup = await run('backUpMetadata', request);
    expect(backup !== null).toBe(opened().hasMetadata);
    if (backup === null) return;
    const { tags } = await run('snapshotTags', { ...prod, job: 'jobs/backup', name: 'all' });
    expect(backup).toMatchObject({ version: request.version, replica: request.replica, rows: { tags } });

    const { environment } = opened();
    const meter = { signal: new AbortController().signal, patience: environment.patience };
    const repository = await openRepository(environment, backup.stored.repository, meter);
    const stored = await buffer(await repository.storage.read(backup.key));
    expect({ bytes: stored.length, sha256: sha256(stored) }).toEqual({
      bytes: backup.stored.bytes,
      sha256: backup.stored.sha256,
    });
    const clear = await buffer(await readSealed(repository, backup.key, meter));
    expect({ bytes: clear.length, sha256: sha256(clear) }).toEqual({
      bytes: backup.bytes,
      sha256: backup.sha256,
    });
    const record = fileOf('backup', { job: request.job, name: 'final' });
    expect(await readRecord(await environment.openStorage('journal'), record)).toEqual(backup);

    await push('dev/app', 'later', content().app);
    expect(await run('backUpMetadata', request)).toEqual(backup);
    expect(await run('backUpMetadata', { ...request, name: 'another' })).toMatchObject({
      rows: { tags: tags + 1 },
    });
    await opened().onRegistry(async (registry) => await registry.removeTag('dev/app', 'later'));
  });
}
