// The bytes by which a storage is known to be the registry's own. An image of ours is pushed through every replica before
// the plan; its configuration is found in the storage, comes along with the copy, and is then replaced at the destination by
// other bytes of the same length: whoever serves those serves from the destination, whatever the settings say.

import type { Canary, CanarySide } from '../../contracts/registry-activities.ts';

/** Tags that begin so are ours, in the canary repository alone. */
export const PLANTED_TAG_PREFIX = 'transship-canary-';

/** Of the empty layer that the image has (1 KiB of zeros, an empty tar archive). */
export const EMPTY_LAYER_DIFF_ID = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/** Where keys name no digest it is found by its length, so lengths differ from canary to canary. */
const PADDING = 'transship '.repeat(400);
const LENGTH_DIGITS = 3;

/** The image configuration, of a length that the side does not change. `id` is a random UUID. */
export function canaryConfig(id: string, side: CanarySide): string {
  const padding = PADDING.slice(0, Number.parseInt(id.slice(0, LENGTH_DIGITS), 16) % PADDING.length);
  return JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Labels: { 'transship.canary': id, 'transship.side': side, 'transship.padding': padding } },
    rootfs: { type: 'layers', diff_ids: [EMPTY_LAYER_DIFF_ID] },
  });
}

export const canaryTag = (id: string): string => `${PLANTED_TAG_PREFIX}${id}`;

/** What stops a move because a storage does not hold what was pushed, as a sentence; undefined: it holds all of it. */
export function judgeCanaries(storage: string, canaries: readonly Canary[]): string | undefined {
  const lost = canaries.filter(({ key }) => key === null).map(({ replica }) => replica);
  return lost.length === 0
    ? undefined
    : `What was just pushed through ${lost.join(', ')} is not in ${storage}: it is not the storage that ${lost.length === 1 ? 'this replica uses' : 'these replicas use'}, or only a part of it.`;
}
