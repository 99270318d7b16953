// Options that several commands share, and how they are read.

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { MigrationPath } from '../../contracts/names.ts';
import { parseDuration } from '../../domain/duration.ts';

export type TemporalOptions = {
  json?: boolean;
  address?: string;
  namespace?: string;
  profile?: string;
};

export const withTemporalOptions = (command: Command): Command =>
  command
    .option('--json', 'print results as JSON')
    .option('--address <host:port>', 'Temporal server (default: the profile, else localhost:7233)')
    .option('--namespace <name>', 'Temporal namespace (default: the profile, else default)')
    .option('--profile <name>', 'profile of the Temporal configuration file (default: default)');

const MIGRATION_PATHS: readonly MigrationPath[] = ['best-practice', 'read-only'];

export const pathOption = (): Option =>
  new Option('--path <path>', 'which documented way').choices(MIGRATION_PATHS);

export function durationText(value: string): string {
  if (parseDuration(value) !== undefined) return value;
  throw new InvalidArgumentError('It must be a duration such as 30m or 1h30m, of at most a year.');
}

/** Longer ones are no names of anything: Temporal takes no such id. */
const MAX_NAME_CHARACTERS = 255;

/** A name of a registry, a storage, an operation or a person. */
export function nameText(value: string): string {
  if (value.trim() !== '' && value.length <= MAX_NAME_CHARACTERS) return value;
  throw new InvalidArgumentError('It must be a name.');
}

export function wholeNumber(value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('It must be a whole number.');
}
