// Garbage is collected by a schedule: off, and back as it was whatever happened in between.

import { expect, test } from 'vitest';
import { fileOf } from '../../../activities/journal/keys.ts';
import { writeRecord } from '../../../activities/journal/record.ts';
import { prod, type Subject } from './subject.ts';

const NOTHING = { words: [], value: [] };

export function schedules({ opened, run }: Subject): void {
  test('its setting is saved once, turned off, and put back', async () => {
    const { turnOn, turnOff, shown } = opened().collection!;
    const off = await shown();
    const job = { ...prod, job: 'jobs/collection' };
    const words = await turnOn();
    const on = await shown();
    expect(on).not.toEqual(off);
    const { saved } = await run('pauseCollection', job);
    expect(saved.words).toEqual(words);
    expect(await shown()).toEqual(off);

    // A retry sees nothing that is on; what it saved then would be nothing.
    expect(await run('pauseCollection', job)).toEqual({ saved });
    expect(await shown()).toEqual(off);

    for (let attempt = 0; attempt < 2; attempt += 1) {
      expect(await run('resumeCollection', { ...job, saved: NOTHING })).toEqual({ resumed: words });
      expect(await shown()).toEqual(on);
    }
    await turnOff();

    // A journal that forgot: what the workflow knows comes back all the same.
    await run('resumeCollection', { ...prod, job: 'jobs/forgotten', saved });
    expect(await shown()).toEqual(on);
    await turnOff();
    expect(await run('resumeCollection', { ...prod, job: 'jobs/nothing', saved: null })).toEqual({
      resumed: [],
    });
    expect(await shown()).toEqual(off);
  });

  test('what was saved by an attempt that was killed while it turned it off comes back', async () => {
    const { turnOn, turnOff, shown } = opened().collection!;
    const job = { ...prod, job: 'jobs/killed-while-pausing' };
    await turnOn();
    const on = await shown();
    const setting = await opened().onRegistry(async (registry) => await registry.collectionSetting());
    const journal = await opened().environment.openStorage('journal');
    await writeRecord(journal, fileOf('collection', job), setting);
    await turnOff();

    expect(await run('pauseCollection', job)).toEqual({ saved: setting });
    await run('resumeCollection', { ...job, saved: null });
    expect(await shown()).toEqual(on);
    await turnOff();
  });

  test('comes back by what the workflow knows when the journal has it damaged', async () => {
    const { turnOn, turnOff, shown } = opened().collection!;
    const job = { ...prod, job: 'jobs/damaged-while-paused' };
    await turnOn();
    const on = await shown();
    const { saved } = await run('pauseCollection', job);
    const journal = await opened().environment.openStorage('journal');
    const torn = Buffer.from('{"format');
    await journal.write(fileOf('collection', job).key, torn, { size: torn.length });

    await run('resumeCollection', { ...job, saved });
    expect(await shown()).toEqual(on);
    await turnOff();
  });
}
