// docs/reference/figures.md: the figures that people meet, read out of the sources, so that prose need not repeat them. A
// figure is known by its constant, whose name the product has once; its unit is the end of that name.

import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { formatBytes } from '../domain/bytes.ts';
import { formatDuration } from '../domain/duration.ts';

const PRODUCT = ['contracts', 'domain', 'workflows', 'activities', 'worker', 'client'];

const FIGURES: Record<string, Record<string, string>> = {
  'The window': {
    DEFAULT_WINDOW_BUDGET: 'budget of the window where the input names none',
    DELTA_SHARE_OF_BUDGET:
      'share of the budget that the forecast of the final delta must fit before the window is asked for',
    PASSES_WITHOUT_PROGRESS:
      'passes in a row that take no less time, after which the migration ends with `NoProgress`',
    FEW_REMOVALS: 'objects that a final delta may remove at the destination in any case',
    MAX_REMOVALS: 'objects that it may remove where they are no more than half of the destination',
    MAX_REMOVED_SHARE: 'share of the objects at the destination that it may remove where that is more',
    VERIFICATION_IN_WINDOW_MS: 'time for manifests and blobs inside the window',
    SAMPLE_TAGS: 'tags that are pulled whole and hashed',
    MAX_LOST_SHARE: 'share of the tags of the plan that the final list may lack',
    DELTAS: 'final deltas after which every blob of the final list must be at the destination',
    BY_ITSELF_MS:
      'time for which a failing step is tried again after the point of no return before a person is asked',
    LEAST_TRIES: 'tries of such a step at least',
    FIRST_PAUSE_MS: 'pause before something that must succeed is tried again; twice as long each time',
    LONGEST_PAUSE_MS: 'the longest such pause',
  },
  Copying: {
    READ_FOR_DAMAGE_MS: 'time for reading objects of the source in the search for damage before the plan',
    SHARD_OBJECTS: 'objects in a work list at most',
    SHARD_BYTES: 'bytes in a work list, about',
    LISTS_IN_FLIGHT: 'work lists in flight at once, over all workers',
    MAX_EVENTS: 'events in the history of a pass after which it continues as new',
  },
};

export function figuresPage(root: string): string {
  const found = constantsIn(root);
  const sections = Object.entries(FIGURES).map(([title, figures]) => {
    const rows = Object.entries(figures).map(([name, meaning]) => {
      const places = found.get(name) ?? [];
      if (places.length !== 1) throw new Error(`${name} stands ${places.length} times in the sources`);
      const [{ file, value }] = places as [Place];
      return `| ${meaning} | ${shown(name, value)} | [\`${name}\`](../../${file}) |`;
    });
    return `## ${title}\n\n| What | Figure | Constant |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Figures\n\nDefaults of the inventory stand in [the inventory](inventory.md), those of options in [the command line](cli.md).\n\n${sections.join('\n')}`;
}

type Place = { file: string; value: string };

/** Constants of numbers and short texts by their name. */
function constantsIn(root: string): Map<string, Place[]> {
  const found = new Map<string, Place[]>();
  for (const file of globSync(
    PRODUCT.map((folder) => `${folder}/**/*.ts`),
    { cwd: root },
  ).sort())
    for (const [, name, value] of readFileSync(path.join(root, file), 'utf8').matchAll(
      /^(?:export )?const ([A-Z][A-Z0-9_]*) = ([\d_.* ]+|'[^']*');$/gm,
    ))
      found.set(name!, [...(found.get(name!) ?? []), { file, value: value! }]);
  return found;
}

function shown(name: string, value: string): string {
  if (value.startsWith("'")) return value.slice(1, -1);
  const number = productOf(value);
  if (name.endsWith('_MS')) return formatDuration(number);
  if (name.endsWith('_BYTES')) return formatBytes(number);
  return name.includes('SHARE') ? `${number * 100} %` : number.toLocaleString('en');
}

/** `15 * 60 * 1000`, `1024 ** 3`. */
const productOf = (expression: string): number =>
  expression
    .replaceAll('_', '')
    .split(/(?<!\*)\*(?!\*)/)
    .map((factor) => {
      const [base, exponent = '1'] = factor.split('**');
      return Number(base) ** Number(exponent);
    })
    .reduce((product, factor) => product * factor, 1);
