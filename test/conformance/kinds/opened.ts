// What the conformance suite gets of each kind: an empty storage on a real server of its own.

import type { Storage } from '../../../activities/storage/storage.ts';
import type { DriverSettings } from '../../../lab/servers/distribution.ts';

export type Opened = {
  storage: Storage;
  /** Another empty storage at the same server, e.g. below another root directory. `stop` closes it too. */
  beside(): Promise<Storage>;
  /** Keys that the service itself does not take, e.g. with line feeds at Google; no registry has them. */
  refuses?(key: string): boolean;
  /** `stat` tells the SHA-256 of what was written; some servers check digests without keeping them. */
  showsSha256?: boolean;
  /** Its listings have pages too large to fill several of them here. */
  largePages?: boolean;
  /** How a real registry is told to use this storage, the same root directory included. */
  driver: DriverSettings;
  /** URL of what plays Google, which the registry's driver must be led to. */
  google?: string;
  /** Whatever lies in the storage beside objects, e.g. unfinished uploads. */
  remains(): Promise<string[]>;
  stop(): Promise<void>;
};

/**
 * `via`: the server is reached through the URL that it gives for the server's own; `tcp://…` where it speaks no HTTP.
 * A kind without a server has no use for it.
 */
export type Open = (via?: (url: string) => Promise<string>) => Promise<Opened>;
