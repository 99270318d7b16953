// What a plan and a report say of the damage that the source had before anything was copied.

import type { DamageReport } from '../../contracts/storage-activities.ts';
import { damageRows, provedText } from '../../domain/storage/damage.ts';
import { code, note, prose, type Item, type Section } from './document.ts';

/** No section where nothing is known of it, as in plans of Transship 0.1, or nothing was found. */
export function damageSections(damage: DamageReport | undefined): Section[] {
  if (damage === undefined) return [];
  const items = damageRows(damage).map(({ text, advice, examples, count }): Item => ({
    line: [{ strong: text }],
    beneath: [
      prose(advice),
      ...examples.map(({ key, detail }) => [code(key), ` ${detail}`]),
      ...(examples.length > 0 && count > examples.length ? [`and ${count - examples.length} more`] : []),
    ],
  }));
  if (items.length === 0) return [];
  return [
    {
      heading: 'Damage that the source had before',
      blocks: [
        note(`${provedText(damage)}. Every finding: `, code(damage.key), ' in the journal.'),
        { kind: 'list', items },
      ],
    },
  ];
}
