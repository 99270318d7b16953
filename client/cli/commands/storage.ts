// `transship storage`: the copy engine as commands of their own, without Temporal.

import { Command } from 'commander';
import type { Context } from '../context.ts';
import { check } from '../storage/check.ts';
import { copy } from '../storage/copy.ts';
import { diff } from '../storage/diff.ts';
import { du } from '../storage/du.ts';
import { verify } from '../storage/verify.ts';

export function storage(context: Context): Command {
  const command = new Command('storage').description(
    'measure, check, compare, copy and prove storages of an inventory, without Temporal',
  );
  for (const one of [du, check, diff, copy, verify]) command.addCommand(one(context));
  return command;
}
