// All traps, and their sentences with values in them: the same words in `transship traps`, in the docs and where an operator
// reads them.

import type { MigrationPath } from '../../../../contracts/names.ts';
import type { Finding } from '../../../../contracts/finding.ts';
import { stops, warns } from '../../../finding.ts';
import type { Mode } from '../lines.ts';
import { isWithin, type Version } from '../version.ts';
import { EXACT_COPY } from './exact-copy.ts';
import { NFS } from './nfs.ts';
import { RESTORING } from './restoring.ts';
import { SWITCHING } from './switching.ts';
import { TOLD } from './told.ts';
import type { Place, Trap } from './trap.ts';

export const TRAPS: readonly Trap[] = [...SWITCHING, ...EXACT_COPY, ...NFS, ...RESTORING, ...TOLD];

/** Those of a version; of 2.5 without a mode those of both. */
export const trapsOf = (version: Version, mode?: Mode): Trap[] =>
  TRAPS.filter(
    (trap) =>
      isWithin(trap, version) && (mode === undefined || trap.mode === undefined || trap.mode === mode),
  );

type Move = { version: Version; mode: Mode; to: Place | undefined; path: MigrationPath };

/** Why a move is refused, and what to do instead; without those that `asked` alone can tell. */
export const refusalsOf = ({ version, mode, to, path }: Move): string[] =>
  trapsOf(version, mode)
    .filter((trap) => trap.in === 'refusal' && !trap.says.includes('<'))
    .filter((trap) => (trap.to === undefined || trap.to === to) && (trap.path ?? path) === path)
    .map(({ says }) => says);

/** The sentence of a trap. Throws for an id that there is not. */
export function sentenceOf(id: string, values: Record<string, string> = {}): string {
  const trap = TRAPS.find((candidate) => candidate.id === id);
  if (trap === undefined) throw new Error(`no trap is called ${id}`);
  return trap.says.replaceAll(/<(\w+)>/g, (whole, name: string) => values[name] ?? whole);
}

/** A trap that the preflight has found; the last of its sentences is what can be done. */
export function findingOf(id: string, values: Record<string, string>): Finding {
  const said = sentenceOf(id, values);
  const [, reason, remedy] = /^(.*[.:]) ([^.]+(?:\.\S[^.]*)*\.)$/s.exec(said)!;
  const isFinding = TRAPS.some((trap) => trap.id === id && trap.in === 'finding');
  return (isFinding ? stops : warns)(reason!, remedy!);
}
