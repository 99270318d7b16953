// What is said of a destination that the registry used before: how much goes of what it holds, or that somebody else has used
// it since.

import type { Finding } from '../../contracts/finding.ts';
import type { Superseded } from '../../contracts/storage-activities.ts';
import { stops, warns } from '../finding.ts';

/** As a sentence without its end. */
export const foreignWords = (
  describe: string,
  { since, foreign: { objects, examples } }: Pick<Superseded, 'since' | 'foreign'>,
): string =>
  `${describe} was left at ${since}, and ${objects} of the objects there that would be removed or replaced were written since, by somebody else: for example ${examples.map(({ key, written }) => `${key} (${written})`).join(', ')}`;

export function judgeEarlierUse(describe: string, superseded: Superseded): Finding {
  const { since, removed, replaced, foreign, key } = superseded;
  const list = key.split('/').at(-1);
  return foreign.objects > 0
    ? stops(
        `The destination ${foreignWords(describe, superseded)}.`,
        `Find out who writes there; take away what nobody needs (${list} in the journal names each), and start again.`,
      )
    : warns(
        `The registry used the destination ${describe} until ${since}. Of what it holds, ${removed} objects that the source no longer has will be removed and ${replaced} that have changed will be replaced; none of them was written since by anybody else.`,
        `${list} in the journal names each: look at it if you did not expect them.`,
      );
}
