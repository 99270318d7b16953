// What is done to a Distribution in each step, as a person would do it by hand.

import type { DistributionRegistryEntry, DistributionReplicaEntry } from '../../../contracts/inventory.ts';
import { shellQuote } from '../../shell-quote.ts';
import type { Move, StepWords } from '../product.ts';

export function stepWords({ entry }: Move<DistributionRegistryEntry>): StepWords {
  const { replicas } = entry;
  const restarts = `one after the other: ${replicas.map((replica) => on(replica, replica.restart)).join('; ')}`;
  const files = replicas.map((replica) => on(replica, [replica.config])).join(', ');
  const first = replicas[0]!;
  const collect = (...flags: string[]): string =>
    on(first, [...first.program, 'garbage-collect', ...flags, first.configInside ?? first.config]);
  return {
    titles: {
      'pause-collection': 'Wait until no garbage-collect runs',
      'back-up-before': 'Keep each configuration as it is',
      copy: 'Copy the content while the registry is in use, pass after pass',
      'open-window': 'Open the window: read-only, behind its own approval',
      'switch-storage': 'Switch the storage; the point of no return',
      'resume-collection': 'Nothing to turn on again',
    },
    pauseCollection: () => ({
      does: 'Nothing of its own collects; a garbage-collect that somebody has started is waited for. Abandoned uploads may be purged meanwhile: they are not moved',
      undo: 'None needed: nothing is changed',
    }),
    resumeCollection: () => 'There was none; there will be none',
    collectGarbage: `${collect('--dry-run')}, whose list people are asked about; if they agree, read-only again: ${collect()}, which removes blobs that no manifest refers to, irreversibly; then read-only off`,
    backUpMetadata: `There is nothing outside the storage; of each configuration (${files}) a copy is kept beside it, as *.transship-RUN`,
    readOnly: (on) => `storage.maintenance.readonly.enabled: ${on} in ${files}, and restarted ${restarts}`,
    switchStorage: (to) => `the section storage in ${files} → ${to.describe}, and restarted ${restarts}`,
  };
}

const on = ({ host }: DistributionReplicaEntry, argv: readonly string[]): string =>
  `${host === undefined ? '' : `(on ${host}) `}${argv.map(readable).join(' ')}`;

/** Quotes are for words that need them: people read this. */
const readable = (word: string): string => (/^[\w./:=@%+-]+$/.test(word) ? word : shellQuote(word));
