// `transship schedules diff` and `transship schedules apply`: the inventory is compared with Temporal, and Temporal is changed.

import { Command } from 'commander';
import { loadInventory } from '../../../worker/inventory/load.ts';
import type { Compared } from '../../schedules/compare.ts';
import { type Applied, applySchedules, diffSchedules } from '../../schedules/reconcile.ts';
import { withClient } from '../connection.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';
import { type TemporalOptions, withTemporalOptions } from '../options.ts';
import { laidOut } from '../../../domain/text/plain-text.ts';

type Options = TemporalOptions & { inventory: string };

const SIGNS = `
    =  as the inventory says
    +  missing in Temporal
    ~  different: each field with what the inventory says and what Temporal has, and whether somebody changed it by hand
    -  no longer in the inventory
    !  a schedule of this id that is none of Transship's; it is never touched`;

const AFTER_DIFF = `
What happens:
  Every entry under "schedules" is compared with the Temporal Schedule "transship-NAME"; nothing is changed.
${SIGNS}
  A pause by hand is shown, and is no difference: apply leaves it.

Examples:
  $ transship schedules diff --inventory inventory.yaml
  $ transship schedules diff --inventory inventory.yaml --json | jq -r '.schedules[] | select(.standing != "same").name'

Exit codes: 0 nothing differs, 2 a bad inventory, 14 Temporal cannot be reached, 15 something differs.`;

const AFTER_APPLY = `
What happens:
  What is missing is created, and what differs becomes what the inventory says, also where somebody changed it by hand; runs that
  run are left alone. What the inventory has no longer is removed only with --remove. A pause by hand stays, with its note,
  until somebody resumes it. Applied twice, the second time changes nothing; interrupted, it is applied again.

Examples:
  $ transship schedules apply --inventory inventory.yaml
  $ transship schedules apply --inventory inventory.yaml --remove

Exit codes: 0 Temporal has what the inventory says, 2 a bad inventory, 14 Temporal cannot be reached,
15 something was left different: removed from the inventory without --remove, or not ours.`;

const withInventory = (command: Command): Command =>
  withTemporalOptions(command.requiredOption('--inventory <file>', 'the inventory'));

export function diffSchedulesCommand(context: Context): Command {
  return withInventory(new Command('diff').description('show what differs between inventory and Temporal'))
    .addHelpText('after', AFTER_DIFF)
    .action(async (options: Options) => {
      const { schedules } = await loadInventory(options.inventory);
      await withClient(options, context.io, async (client) => {
        const compared = await diffSchedules(client, schedules);
        if (compared.some(({ standing }) => standing !== 'same')) context.exit = 'different';
        if (options.json) printJson(context.io, { schedules: compared });
        else context.io.out(compared.length === 0 ? 'none\n' : compared.map(textOf).join(''));
      });
    });
}

export function applySchedulesCommand(context: Context): Command {
  return withInventory(new Command('apply').description("make Temporal's schedules those of the inventory"))
    .option('--remove', 'also remove those that the inventory has no longer')
    .addHelpText('after', AFTER_APPLY)
    .action(async ({ remove = false, ...options }: Options & { remove?: boolean }) => {
      const { schedules } = await loadInventory(options.inventory);
      await withClient(options, context.io, async (client) => {
        const applied = await applySchedules(client, schedules, { remove });
        if (applied.some(({ standing, done }) => standing !== 'same' && done === 'nothing'))
          context.exit = 'different';
        if (options.json) printJson(context.io, { schedules: applied });
        else context.io.out(applied.length === 0 ? 'none\n' : applied.map(appliedText).join(''));
      });
    });
}

const SIGN: Record<Compared['standing'], string> = {
  same: '=',
  missing: '+',
  different: '~',
  undeclared: '-',
  foreign: '!',
};
const CHANGED_BY = { inventory: 'in the inventory', hand: 'by hand', both: 'in the inventory and by hand' };

function textOf(compared: Compared): string {
  const { name, standing, pausedByHand } = compared;
  const lines = [
    `${SIGN[standing]} ${name}${standing === 'different' ? `  changed ${CHANGED_BY[compared.by]}` : ''}`,
  ];
  if (standing === 'different')
    for (const { field, inventory, temporal } of compared.fields)
      lines.push(`    ${field}: inventory ${inventory}; Temporal ${temporal}`);
  if (standing === 'foreign')
    lines.push('    a schedule of this id is there that is none of ours; rename one of them');
  if (pausedByHand !== null) lines.push(`    paused by hand, and stays so: ${pausedByHand.note}`);
  return `${lines.map(laidOut).join('\n')}\n`;
}

const LEFT: Partial<Record<Compared['standing'], string>> = {
  undeclared: 'left; --remove removes it',
  foreign: 'left; it is none of ours',
};

const appliedText = (applied: Applied): string =>
  textOf(applied).replace(
    '\n',
    `  ${applied.done === 'nothing' ? (LEFT[applied.standing] ?? 'as it is') : applied.done}\n`,
  );
