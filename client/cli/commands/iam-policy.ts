// `transship iam-policy`: what a storage must permit, for the person who grants it.

import { Command } from 'commander';
import { s3Policy } from '../../../domain/storage/s3-rights.ts';
import { rightsWords } from '../../../domain/storage/rights-words.ts';
import { laidOut } from '../../../domain/text/plain-text.ts';
import { TransshipError } from '../../../domain/transship-error.ts';
import { loadInventory } from '../../../worker/inventory/load.ts';
import type { Context } from '../context.ts';
import { printJson } from '../io.ts';

const AFTER_HELP = `
What happens:
  For a storage of kind s3 the least policy that a registry and a migration need is on stdout, as IAM takes it, and what
  else to know on stderr; for other kinds stdout says in words what must be permitted. Nothing is connected. The preflight of a
  migration and "doctor registry" try each action of the policy and name those that are denied.

Examples:
  $ transship iam-policy s3-prod --inventory inventory.yaml > policy.json
  $ aws iam put-user-policy --user-name registry --policy-name registry --policy-document file://policy.json

Exit codes: 0 printed, 2 a bad inventory or a name that it does not have.`;

export function iamPolicy(context: Context): Command {
  return new Command('iam-policy')
    .description('print what a storage must permit: the least IAM policy of S3, words for others')
    .argument('<name>', 'storage of the inventory')
    .requiredOption('--inventory <file>', 'inventory that names the storages')
    .option('--json', 'print {"policy", "words"} as JSON; policy is null but for s3')
    .addHelpText('after', AFTER_HELP)
    .action(async (name: string, options: { inventory: string; json?: boolean }) => {
      const { storages } = await loadInventory(options.inventory);
      const entry = Object.hasOwn(storages, name) ? storages[name] : undefined;
      if (entry === undefined)
        throw new TransshipError('InvalidInput', `the inventory has no storage named ${name}`);
      const words = rightsWords(entry);
      const policy = entry.kind === 's3' ? s3Policy(entry) : null;
      if (options.json) printJson(context.io, { policy, words });
      else if (policy === null) context.io.out(lines(words));
      else {
        context.io.out(`${JSON.stringify(policy, null, 2)}\n`);
        context.io.err(lines(words));
      }
    });
}

const lines = (words: string[]): string => words.map((line) => `${laidOut(line)}\n`).join('');
