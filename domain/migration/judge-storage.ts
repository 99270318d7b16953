// What was tried with a storage before a migration, and what can be done where it was refused.

import type { StorageEntry } from '../../contracts/inventory.ts';
import type { Finding } from '../../contracts/finding.ts';
import type { AccessCheck } from '../../contracts/storage-activities.ts';
import { stops, warns } from '../finding.ts';
import { kindOf, temporaryIn } from '../storage/storage-kinds.ts';

export function judgeAccess(role: 'source' | 'destination', check: AccessCheck): Finding[] {
  return check.actions.flatMap(({ action, ok, problem, needed }) => {
    if (ok) return [];
    const reason = `The ${role} ${check.describe} cannot ${action}: ${problem ?? 'no reason given'}.`;
    return needed === false
      ? [warns(reason, 'Nothing here fails without it; the documents of the registry ask for it.')]
      : [stops(reason, remedyOf(action))];
  });
}

/** By how an action of `AccessCheck` begins. */
const REMEDIES: [action: RegExp, remedy: string][] = [
  [
    /^carry out /,
    'Grant it to the user that the inventory names; `transship iam-policy` prints all that is needed.',
  ],
  [/^be used with these credentials/, 'Mend the secrets that the inventory refers to.'],
  [/^be found in this region/, 'Mend `region` in the inventory.'],
  [/^be found/, 'Make it, or mend its name in the inventory.'],
  [/^be served by its host/, 'Install on that host what it lacks.'],
  [/^be shared with/, 'Give that host the same directory, volume or export.'],
  [
    /^(showmount|mount) /,
    'Look at the export and its options on the server, and at the NFS client of that host.',
  ],
  [/^/, 'Grant it to the user that the inventory names, or mend what the inventory says of the storage.'],
];

const remedyOf = (action: string): string => REMEDIES.find(([begins]) => begins.test(action))![1];

/** `problem`: why it cannot be filled; null: it can. */
export function judgeDestination(
  destination: StorageEntry,
  { proof, proofNote }: AccessCheck,
  problem: string | null,
): Finding[] {
  const temporary = temporaryIn(destination);
  return [
    ...(problem === null
      ? []
      : [
          stops(
            `The destination cannot be filled: ${problem}.`,
            'Empty it, or name another one; what the journal says of it may stay.',
          ),
        ]),
    ...(proofNote === null
      ? []
      : [
          warns(
            `Copies are proved by "${proof}" only: ${proofNote}.`,
            'Nothing needs to be done; a server that checks digests itself would prove more.',
          ),
        ]),
    ...(temporary.length === 0
      ? []
      : [
          stops(
            `The destination has ${temporary.join(', ')}: the registry would be told keys that end by themselves, and lose its storage with them.`,
            'Name keys that last, or none where its machines have a role.',
          ),
        ]),
    ...kindOf(destination)
      .remarks(destination)
      .map(({ field, problem: remark }) =>
        warns(
          `The ${field} of the destination ${remark}`,
          'Look at it again before the registry is told of it.',
        ),
      ),
  ];
}
