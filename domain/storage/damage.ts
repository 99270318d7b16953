// What each kind of known damage means to a migration: whether it stops one, and what the operator can do. The order of
// the table is that of plans and reports, the worst first.

import type { Finding } from '../../contracts/finding.ts';
import type { DamageFinding, DamageKind, DamageReport } from '../../contracts/storage-activities.ts';
import { notes, stops, warns } from '../finding.ts';

type DamageRow = {
  /** What follows the count. */
  one: string;
  many: string;
  /**
   * `stops`: a migration would lose data that is well now, or never end. `loses`: images are broken already. `note`: worth
   * knowing, nothing is broken.
   */
  weight: 'stops' | 'loses' | 'note';
  /** What follows from it, and what can be done. */
  advice: string;
};

const DAMAGE: Record<DamageKind, DamageRow> = {
  'no-file': {
    one: 'name of the source is no file but a link, pipe, socket or device',
    many: 'names of the source are no files but links, pipes, sockets or devices',
    weight: 'stops',
    advice:
      'A registry follows links and finds what lies behind them; a copy does not, because a link can lead anywhere. Accept a link in the inventory (`links` of the storage), mount what it leads to in its place (mount --bind), or remove it where it is not needed.',
  },
  'unsafe-key': {
    one: 'key is none that a registry gives, or none that the destination can hold',
    many: 'keys are none that a registry gives, or none that the destination can hold',
    weight: 'stops',
    advice: 'Find out who writes to the source, and remove or rename these objects.',
  },
  'too-large': {
    one: 'object is larger than the destination takes',
    many: 'objects are larger than the destination takes',
    weight: 'stops',
    advice: 'Remove the images that need it, or choose another destination.',
  },
  'no-space': {
    one: 'copy does not fit into the free space of the destination',
    many: 'copies do not fit into the free space of the destination',
    weight: 'stops',
    advice: 'Make room there, or choose another destination.',
  },
  'case-collision': {
    one: 'key differs from another only in upper and lower case, which the destination does not tell apart',
    many: 'keys differ from others only in upper and lower case, which the destination does not tell apart',
    weight: 'stops',
    advice: 'One would replace the other. Rename the tag, or choose a destination that tells case apart.',
  },
  'wrong-bytes': {
    one: 'blob or link does not have the bytes that its key names',
    many: 'blobs or links do not have the bytes that their keys name',
    weight: 'loses',
    advice:
      'Not copied: a migration asks `damaged-blobs` about all of them before its window. Push the images again, or restore the objects from a backup, to have them.',
  },
  'zero-byte-blob': {
    one: 'blob has no bytes',
    many: 'blobs have no bytes',
    weight: 'loses',
    advice:
      'Not copied: a migration asks `damaged-blobs` about them. Swift shows a large object so whose manifest was lost; its segments may still be there. Else push the images again.',
  },
  'missing-segments': {
    one: 'large object lacks segments',
    many: 'large objects lack segments',
    weight: 'loses',
    advice:
      'Not copied: a migration asks `damaged-blobs` about them. Push the images again, or restore the segments from a backup.',
  },
  'link-without-blob': {
    one: 'link names a blob or manifest that is not there',
    many: 'links name blobs or manifests that are not there',
    weight: 'loses',
    advice:
      'Copied as they are. Links of images that were deleted stay behind and do no harm; a tag or manifest among them cannot be pulled now and will not be afterwards.',
  },
  'shared-segments': {
    one: 'large object shares segments with another',
    many: 'large objects share segments with others',
    weight: 'note',
    advice:
      'The copies have bytes of their own. At the source removing one breaks the other: collect no garbage there as long as you may need to go back.',
  },
  'named-by-id': {
    one: 'blob lies under an id of DTR, which does not name its bytes',
    many: 'blobs lie under ids of DTR, which do not name their bytes',
    weight: 'note',
    advice:
      'They are proved to be what the source has; that the source has the right bytes is shown when images are pulled by digest. Nobody can use them without the metadata backup.',
  },
  'upload-leftover': {
    one: 'unfinished upload is left',
    many: 'unfinished uploads are left',
    weight: 'note',
    advice: 'Not copied: clients begin such an upload again.',
  },
};

const DAMAGE_KINDS = Object.keys(DAMAGE) as DamageKind[];

/** Fewer wrong objects say nothing about the whole source. */
const LEAST_PROVED = 10;
/** Of blobs and links together: so many links without a blob are not what deleted images leave behind. */
const MOST_WITHOUT_BLOB = 0.9;

export type DamageRowText = {
  kind: DamageKind;
  count: number;
  text: string;
  advice: string;
  examples: DamageFinding[];
};

/** One row for each kind that was found, the worst first. */
export function damageRows(damage: Pick<DamageReport, 'counts' | 'examples'>): DamageRowText[] {
  return DAMAGE_KINDS.flatMap((kind) => {
    const count = damage.counts[kind] ?? 0;
    if (count === 0) return [];
    const { one, many, advice } = DAMAGE[kind];
    const examples = damage.examples.filter((example) => example.kind === kind);
    return [{ kind, count, text: `${count} ${count === 1 ? one : many}`, advice, examples }];
  });
}

/** `1200 of 50000 blobs and links were …` */
export const provedText = ({ proved }: Pick<DamageReport, 'proved'>): string =>
  `${proved.objects} of ${proved.of} blobs and links were compared with the digests in their keys`;

/** Is anything broken, or about to be? */
export const isDamaged = ({ counts }: Pick<DamageReport, 'counts'>): boolean =>
  DAMAGE_KINDS.some((kind) => DAMAGE[kind].weight !== 'note' && (counts[kind] ?? 0) > 0);

export function judgeDamage(damage: DamageReport): Finding[] {
  const findings: Finding[] = damageRows(damage).map(({ kind, text, advice, examples }) => {
    const example =
      examples[0] === undefined ? '' : ` (for example ${examples[0].key}: ${examples[0].detail})`;
    return SEVERITY[DAMAGE[kind].weight](`The source: ${text}${example}.`, advice);
  });
  const wrong = (damage.counts['wrong-bytes'] ?? 0) + (damage.counts['zero-byte-blob'] ?? 0);
  const { objects, of } = damage.proved;
  if (objects >= LEAST_PROVED && wrong >= objects)
    findings.push(
      stops(
        `The source: none of the ${objects} objects that were read has the bytes that its key names.`,
        'Is the source mounted as it should be, and is it encrypted or compressed below the registry?',
      ),
    );
  const withoutBlob = damage.counts['link-without-blob'] ?? 0;
  if (withoutBlob >= LEAST_PROVED && withoutBlob >= of * MOST_WITHOUT_BLOB)
    findings.push(
      stops(
        `The source: ${withoutBlob} of ${of} blobs and links are links to blobs that are not there.`,
        'Where are the blobs: on another disk that is not mounted, or behind a link?',
      ),
    );
  if (findings.length > 0 && objects < of)
    findings.push(
      notes(
        `The source: ${provedText(damage)}; the others are when they are copied.`,
        `${damage.key} in the journal lists every finding.`,
      ),
    );
  return findings;
}

const SEVERITY = { stops, loses: warns, note: notes } as const;
