// The cluster as one replica sees it: who is a member, who runs, and whether that is a majority. A replica that was
// destroyed without `remove` stays a member, as in RethinkDB, and counts against the quorum.

import { runningReplicas } from './cluster.ts';
import type { StandInConfig } from './cluster.ts';
import { describeStorage } from './blob-service.ts';
import { readSettings, readStorage } from './settings.ts';
import type { Store } from './store.ts';
import { timingsOf } from './timings.ts';

const LIVENESS_AGE_MS = 200;

export type Member = {
  id: string;
  node: string;
  https_port: number;
  health: string;
  read_only: number;
  storage: string;
  at: string;
};

export type ClusterView = {
  members(): Member[];
  /** `OK`, or why not, for each member. */
  health(): Promise<Record<string, string>>;
  hasQuorum(): Promise<boolean>;
  /** Have all running members applied what is configured? */
  hasSettled(): Promise<boolean>;
};

export function openClusterView(config: StandInConfig, store: Store): ClusterView {
  let liveness = { at: 0, running: Promise.resolve(new Set<string>()) };
  const running = (): Promise<Set<string>> => {
    if (Date.now() - liveness.at > LIVENESS_AGE_MS)
      liveness = { at: Date.now(), running: runningReplicas(config) };
    return liveness.running;
  };
  const members = (): Member[] => store.all('SELECT * FROM replicas ORDER BY id');

  return {
    members,
    async health() {
      const alive = await running();
      const oldest = Date.now() - timingsOf(config).healthTimeoutMs;
      return Object.fromEntries(
        members().map((member) => {
          const isOld = !alive.has(member.id) || Date.parse(member.at) < oldest;
          return [member.id, isOld ? `Replica reported health too long ago: ${member.at}` : member.health];
        }),
      );
    },
    async hasQuorum() {
      const all = members();
      const isMajority = (alive: Set<string>): boolean =>
        all.filter(({ id }) => alive.has(id)).length * 2 > all.length;
      // Nobody is called lost on an old look: a replica may have joined since.
      return isMajority(await running()) || isMajority(await runningReplicas(config));
    },
    async hasSettled() {
      const alive = await running();
      const storage = describeStorage(readStorage(store));
      const { readOnlyRegistry } = readSettings(store);
      return members()
        .filter(({ id }) => alive.has(id))
        .every((member) => member.storage === storage && (member.read_only === 1) === readOnlyRegistry);
    },
  };
}
