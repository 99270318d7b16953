// The registry's own program, asked on its host: which version it is, and whether it can open a storage from there. A trial
// goes by standard input, so that secrets are in no file and in no argument list.

import { stringify } from 'yaml';
import { TransshipError } from '../../../domain/transship-error.ts';
import type { Section } from '../describe-storage.ts';
import type { DistributionReplica } from './distribution.ts';

const TRIAL_SECONDS = 30;
/** What is a socket otherwise cannot be opened by its name. */
const BY_PIPE = ['sh', '-c', 'cat | "$@"', 'sh'];
/** Of `timeout`. */
const TIMED_OUT = 124;
/** Nothing lies there, so that a trial lists nothing. */
const TRIAL_FOLDER = 'transship-trial';
/** The field of each driver that makes all of it lie in a folder. Azure has none in version 2. */
const ROOT_FIELDS: Record<string, string> = {
  filesystem: 'rootdirectory',
  s3: 'rootdirectory',
  gcs: 'rootdirectory',
  swift: 'prefix',
};
/** An empty storage has no repositories to walk through, which is what the program says then. */
const NOTHING_THERE = /path not found|0 blobs marked/i;

/** `RegistryRefused` where the program tells none. */
export async function versionOf({ id, host, entry }: DistributionReplica): Promise<string> {
  const shown = await host.check([...entry.program, '--version']);
  // Behind its name and that of its module.
  const [, version] = /\sv?(\d+\.\d+\.\d+\S*)\s*$/.exec(shown) ?? [];
  if (version !== undefined) return version;
  throw new TransshipError(
    'RegistryRefused',
    `The program of replica ${id} tells no version: ${entry.program.join(' ')} --version on ${host.name}.`,
  );
}

/**
 * Lets the program of a replica look into a folder of the storage that nobody has, by a garbage collection that removes nothing.
 * What it says if it cannot; undefined: it can.
 */
export async function tryStorage(
  { host, entry }: DistributionReplica,
  driver: Section,
): Promise<string | undefined> {
  const [[name, settings]] = Object.entries(driver) as [[string, Section]];
  const field = ROOT_FIELDS[name];
  const elsewhere = field === undefined ? settings : { ...settings, [field]: below(settings[field]) };
  const config = stringify(
    { version: '0.1', log: { level: 'error' }, storage: { [name]: elsewhere } },
    // Its YAML takes more words for booleans and numbers than ours.
    { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' },
  );
  const argv = ['timeout', String(TRIAL_SECONDS), ...entry.program, 'garbage-collect', '--dry-run'];
  const { status, stdout, stderr } = await host.run([...BY_PIPE, ...argv, '/dev/stdin'], { input: config });
  if (status === 0 || NOTHING_THERE.test(stderr) || NOTHING_THERE.test(stdout)) return undefined;
  // Where it has to walk through what lies there it has long been let in.
  if (status === TIMED_OUT && field === undefined) return undefined;
  if (status === TIMED_OUT) return `no answer within ${TRIAL_SECONDS} seconds`;
  return firstLine(stderr) || firstLine(stdout) || `status ${status}`;
}

const below = (root: unknown): string =>
  [...(typeof root === 'string' && root !== '' ? [root] : []), TRIAL_FOLDER].join('/');

/** Panics go on with the stack. */
const firstLine = (text: string): string => text.trim().split('\n')[0]!.trim();
