// Pulls a sample of images whole, and the largest of all with it, spread over the replicas. One that dies meanwhile says nothing
// of any image: its share is pulled from the registry as its users reach it.

import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import { unhealthyIsMissing } from '../../concurrency/wait-until.ts';
import type { ControlPlane, Replica } from '../control-plane.ts';
import type { ImageRow } from '../tags.ts';
import type { CheckedImage } from './image-checker.ts';
import { pullImage, type PulledImage } from './image-puller.ts';

const PULLS_AT_ONCE = 4;
/** A check with an end in time does not begin to pull what may outlast it. */
const HASTY_PULL_LIMIT_BYTES = 256 * 1024 * 1024;

export type Checked = { at: number; row: ImageRow; image: CheckedImage };

/** Those that there was time for, small ones first, so that a check with an end in time has pulled as many as it could. */
export async function* pullSample(
  registry: ControlPlane,
  chosen: Checked[],
  largest: Checked | undefined,
  deadlineMs: number,
): AsyncGenerator<PulledImage & { row: ImageRow }> {
  if (chosen.length === 0) return;
  const sample = [...chosen];
  if (largest !== undefined && !sample.includes(largest)) sample[sample.length >> 1] = largest;
  sample.sort((a, b) => a.image.bytes - b.image.bytes);
  const replicas = await registry.members();
  const dead = new Set<Replica>();
  const pullThrough = async (
    replica: Replica | undefined,
    row: ImageRow,
    image: CheckedImage,
  ): Promise<PulledImage> => {
    if (replica === undefined || dead.has(replica)) return await pullImage(registry, registry, row, image);
    const ping = async (): Promise<string | undefined> =>
      await registry.healthProblem([replica.id]).catch(unhealthyIsMissing);
    try {
      return await pullImage({ ...registry, ping }, replica, row, image);
    } catch (error) {
      if ((await ping()) === undefined) throw error;
      dead.add(replica);
      return await pullImage(registry, registry, row, image);
    }
  };
  const inTime = function* (): Generator<[number, Checked]> {
    for (const [index, checked] of sample.entries()) {
      if (Date.now() > deadlineMs) return;
      if (deadlineMs === Infinity || checked.image.bytes <= HASTY_PULL_LIMIT_BYTES) yield [index, checked];
    }
  };
  yield* mapOrdered(inTime(), PULLS_AT_ONCE, async ([index, { row, image }]) => ({
    row,
    ...(await pullThrough(replicas[index % replicas.length], row, image)),
  }));
}
