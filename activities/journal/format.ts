// Files of the journal outlive the version that wrote them, and lie where others can write too. So each says what it
// is, and carries the digest of what it holds; a file that is not as it was written is `JournalDamaged`, wherever it is read.

import { TransshipError } from '../../domain/transship-error.ts';
import { JOURNAL, type JournalFile, type Kind } from './keys.ts';

/** E.g. `transship/tags@1`. */
export const formatOf = (kind: Kind): string => `transship/${kind}@${JOURNAL[kind].version}`;

export function requireFormat(file: JournalFile, found: unknown): void {
  const expected = formatOf(file.kind);
  if (found === expected) return;
  const [, kind, version] = /^transship\/([a-z-]+)@(\d+)$/.exec(typeof found === 'string' ? found : '') ?? [];
  if (kind === file.kind && Number(version) > JOURNAL[file.kind].version)
    throw journalDamaged(file, `is of a newer version of Transship: ${kind}@${version}, not ${expected}`);
  throw journalDamaged(
    file,
    kind === undefined ? 'is no file of ours' : `is ${String(found)}, not ${expected}`,
  );
}

/** `problem` goes on after the key. */
export const journalDamaged = (file: JournalFile, problem: string): TransshipError =>
  new TransshipError('JournalDamaged', `${file.key} in the journal ${problem}`, { ...file });
