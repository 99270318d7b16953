// All that is known of a version, or of all of them, in one document: how each line is moved, and what goes wrong. What `transship
// traps` prints and docs/reference/traps.md is made of, so that neither can tell another story than the recipes.

import type { MigrationPath } from '../../../contracts/names.ts';
import { JOB_STATES, type Line, LINES } from './lines.ts';
import { howOf, rowsOf } from './recipes.ts';
import { refusalsOf, TRAPS, trapsOf } from './traps/atlas.ts';
import type { Place, Trap } from './traps/trap.ts';
import { isWithin, type Version, versionsText } from './version.ts';

const PATHS: MigrationPath[] = ['best-practice', 'read-only'];
const PLACES: Place[] = ['a volume or folder', 'NFS', 'a cloud storage'];

type Way = { to: Place; path: MigrationPath; versions: string; how: string; source: string };
type Move = { to: Place; path: MigrationPath };
type Refused = { moves: Move[]; says: string };

/** A line of versions as people and programs read it. */
export type LineAbout = {
  name: string;
  versions: string;
  image: string;
  supportedUntil: string | null;
  aSwitch: string;
  /** Of the fields of the API that a migration needs those that there are. */
  fields: string[];
  blobs: string;
  collects: string;
  jobStates: string;
  source: string;
  unclear: string | null;
  ways: Way[];
  /** Moves that are refused with the same words together. */
  refused: Refused[];
};

export type TrapAbout = Omit<Trap, 'from' | 'below'> & { versions: string };

export type VersionAbout = { lines: LineAbout[]; traps: TrapAbout[] };

/** Of a version without a line only its traps; undefined: of all versions, the newest first. */
export function aboutVersion(version?: Version): VersionAbout {
  return {
    lines: LINES.toReversed()
      .filter((line) => version === undefined || isWithin(line, version))
      .map((line) => lineAbout(line, version ?? line.from, version)),
    traps: (version === undefined ? [...TRAPS] : trapsOf(version)).map(trapAbout),
  };
}

/** `at`: what is refused of it; `only`: what is done of it, absent: of the whole line. */
function lineAbout(line: Line, at: Version, only: Version | undefined): LineAbout {
  const moves = PLACES.flatMap((to) => PATHS.map((path) => ({ to, path })));
  const { mode } = line;
  return {
    name: line.name,
    versions: versionsText(line),
    image: line.image,
    supportedUntil: line.supportedUntil,
    aSwitch: line.aSwitch,
    fields: [
      ...(line.hasReadOnly ? ['readOnlyRegistry'] : []),
      ...(line.hasKeepMetadata ? ['keep_metadata'] : []),
    ],
    blobs: line.blobs,
    collects: line.collects,
    jobStates: JOB_STATES,
    source: line.source,
    unclear: line.unclear ?? null,
    ways: moves.flatMap(({ to, path }) =>
      rowsOf(line, to, path)
        .filter((row) => only === undefined || isWithin(row, only))
        .map((row) => ({
          to,
          path,
          versions: versionsText(row),
          how: howOf(row, path, line),
          source: row.source,
        })),
    ),
    refused: togetherBySentence(
      moves.map((move) => ({ move, says: refusalsOf({ version: at, mode, ...move }).join(' ') })),
    ),
  };
}

/** For people. */
export const movesText = (moves: Move[]): string =>
  moves.length === PLACES.length * PATHS.length
    ? 'every move'
    : moves.map(({ to, path }) => `to ${to} by ${path}`).join('; ');

function togetherBySentence(all: { move: Move; says: string }[]): Refused[] {
  const sentences = new Set(all.map(({ says }) => says).filter((says) => says !== ''));
  return [...sentences].map((says) => ({
    moves: all.filter((one) => one.says === says).map(({ move }) => move),
    says,
  }));
}

const trapAbout = ({ from, below, ...trap }: Trap): TrapAbout => ({
  ...trap,
  versions: versionsText({ from, below }),
});
