// What a bench is: a comparison of Transship with what people would use instead, in one run on one machine, as ratios.

import type { HostEntry, S3StorageEntry } from '../contracts/inventory.ts';
import type { Progress } from '../lab/progress.ts';
import type { Peers, S3Access } from './peers.ts';

export type Scale = 'small' | 'full';

export type BenchContext = {
  /** Folder of its own, removed afterwards. */
  dir: string;
  scale: Scale;
  /** Each side is run so many times in turn; the shortest time counts. */
  repeats: number;
  progress: Progress;
  peers: Peers;
  /** `folder`: where the server keeps the bucket. */
  s3: { entry: S3StorageEntry; access: S3Access; folder: string };
  host: { entry: HostEntry; name: string };
};

export type Row = {
  what: string;
  peer: string;
  oursSeconds: number;
  peerSeconds: number;
  /** Our time divided by the peer's. */
  ratio: number;
  /** What the ratio should be at most. */
  target: number;
  /** Resident memory of our process at its peak, MiB; null where it was not watched. */
  peakMiB: number | null;
};

export type Bench = {
  name: string;
  title: string;
  run: (context: BenchContext) => Promise<Row[]>;
};

export function rowOf(
  what: string,
  peer: string,
  ours: { seconds: number; peakMiB?: number | null },
  theirs: { seconds: number },
  target: number,
): Row {
  return {
    what,
    peer,
    oursSeconds: ours.seconds,
    peerSeconds: theirs.seconds,
    ratio: ours.seconds / theirs.seconds,
    target,
    peakMiB: ours.peakMiB ?? null,
  };
}
