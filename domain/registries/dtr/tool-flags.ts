// Which flags the bootstrapper has, by its own help: asked of versions whose documents contradict each other.

import type { Found } from '../product.ts';
import { TransshipError } from '../../transship-error.ts';
import { bootstrapperImage } from './lines.ts';
import { sentenceOf } from './traps/atlas.ts';

/** Either says that the version goes by a rule which is known: tags stay unless they are erased, or go unless they are kept. */
const KNOWN_RULES = ['reinitialize-storage', 'storage-migrated'];

/** `   --async-nfs, -x value   what it does [$ASYNC_NFS]`: a flag begins its line; others may be named in what it does. */
const FLAG = /^\s*(?:-\w,?\s+)?--([a-z][a-z0-9-]*)/gm;

/** What colours a terminal, and would hide a flag that begins its line (MSR 2.8 has `--nocolor`). */
const COLOUR = /\p{Cc}\[[0-9;]*m/gu;

export const flagsIn = (help: string): string[] => [
  ...new Set([...help.replaceAll(COLOUR, '').matchAll(FLAG)].map(([, name]) => name!)),
];

export const showsRule = (flags: readonly string[]): boolean =>
  KNOWN_RULES.some((flag) => flags.includes(flag));

/** `UnsupportedVersion` when they are not known, or tell no rule. */
export function askedFlags({ version, tool }: Found): string[] {
  const flags = tool !== undefined && 'flags' in tool ? tool.flags : [];
  if (showsRule(flags)) return flags;
  const problem =
    tool === undefined
      ? 'it was not asked'
      : 'problem' in tool
        ? tool.problem
        : 'it has neither --reinitialize-storage nor --storage-migrated';
  throw new TransshipError(
    'UnsupportedVersion',
    sentenceOf('flag-that-may-be-gone', { version, problem, image: bootstrapperImage(version) }),
    { version },
  );
}
