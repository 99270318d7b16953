// Whether pulls go on while pushes are refused, as users see it: one image of ours is pulled by its tag, again and again,
// and what fails is written down as it happens, so that neither a killed worker nor a cancellation loses it.

import type { Canary, JobFolder } from '../../../contracts/registry-activities.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { pause } from '../../concurrency/pause.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { Storage } from '../../storage/storage.ts';
import type { ControlPlane } from '../control-plane.ts';

const EVERY_MS = 1000;

/** Times are ISO 8601. An outage lasts until the first pull that went well; `to` null: there was none yet. */
export type PullOutages = { asked: number; outages: { from: string; to: string | null }[] };

/** Ends with its cancellation. */
export async function watchPulls(
  registry: ControlPlane,
  journal: Storage,
  { job, canary }: { job: JobFolder; canary: Canary },
  everyMs: number = EVERY_MS,
): Promise<never> {
  const { signal } = registry.meter;
  const file = fileOf('pull-outages', { job });
  const found = (await readRecord<PullOutages>(journal, file)) ?? { asked: 0, outages: [] };
  try {
    for (;;) {
      const at = new Date().toISOString();
      const isServed = await pull(registry, canary);
      signal.throwIfAborted();
      found.asked += 1;
      registry.meter.moved();
      const open = found.outages.find(({ to }) => to === null);
      if (isServed && open !== undefined) open.to = at;
      if (!isServed && open === undefined) found.outages.push({ from: at, to: null });
      if (isServed === (open !== undefined)) await writeRecord(journal, file, found);
      await pause(everyMs, signal);
    }
  } finally {
    await writeRecord(journal, file, found);
  }
}

/** Whatever goes wrong, a user would not have had the image; but for a tag that somebody has deleted. */
async function pull({ images }: ControlPlane, { repository, tag, digest }: Canary): Promise<boolean> {
  try {
    if ((await images.getManifest(repository, tag)) !== undefined) return true;
    return (await images.headBlob(repository, digest)) !== undefined;
  } catch (error) {
    if (error instanceof TransshipError) return false;
    throw error;
  }
}
