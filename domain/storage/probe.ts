// What of a storage's abilities a migration cannot do without. The others only make it slower, its proofs weaker, or stop
// it where the content asks for them, which the preflight finds.

import type { ProbeRow } from '../../contracts/storage.ts';

const NEEDED: Record<string, string> = {
  'read after write': 'proofs read back what was written',
  'list after write': 'each pass lists what the one before wrote',
  ranges: 'the registry and resumed copies read from the middle of objects',
  'server-side copy': "the registry's driver moves a finished upload into its place so",
};

/** Rows that a migration needs and that are not there, with the reason. */
export const lackingRows = (rows: ProbeRow[]): { name: string; why: string }[] =>
  rows.flatMap(({ name, verdict }) => {
    const why = NEEDED[name];
    return verdict === 'no' && why !== undefined ? [{ name, why }] : [];
  });

export const isNeeded = ({ name }: ProbeRow): boolean => NEEDED[name] !== undefined;
