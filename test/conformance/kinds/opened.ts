// What the conformance suite gets of each kind: an empty storage on a real server of its own.

import type { Storage } from '../../../activities/storage/storage.ts';

export type Opened = {
  storage: Storage;
  /** Whatever lies in the storage beside objects, e.g. unfinished uploads. */
  remains(): Promise<string[]>;
  stop(): Promise<void>;
};

/** `via`: the server is reached through the URL that it gives for the server's own. */
export type Open = (via?: (url: string) => Promise<string>) => Promise<Opened>;
