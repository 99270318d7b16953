// Encrypts and decrypts what streams through it, with gpg: what is written can be opened by hand as S2 shows, and nothing
// is ever in clear on a disk. Passphrases go by a file descriptor; keys lie in a home that is in memory and is removed.

import { Readable } from 'node:stream';
import type { RepositoryEncryption } from '../../contracts/inventory.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Environment } from '../environment.ts';
import { lastLines } from '../hosts/last-lines.ts';
import { runGpg, type GpgEnd, withGpgHome } from './gpg.ts';

/** Against guessing a passphrase: the most rounds that the format knows. */
const SYMMETRIC = ['--cipher-algo', 'AES256', '--s2k-digest-algo', 'SHA512', '--s2k-count', '65011712'];
const MESSAGE_CHARACTERS = 300;

export type Encryption = {
  /** This worker can decrypt, too. */
  readonly reads: boolean;
  /** OpenPGP, binary. It fails as `clear` does, and never ends as if a part were the whole. */
  encrypt(clear: Readable, options?: { signal?: AbortSignal }): Readable;
  /**
   * Nothing of it may be relied on before it ends: only then is it known to be whole. `what` names the file in errors: `KeyRefused` for
   * another passphrase or key, `BackupInvalid` for a file that was cut or changed.
   */
  decrypt(sealed: Readable, what: string, options?: { signal?: AbortSignal }): Readable;
};

/** Secrets are resolved anew for each stream. `path`: where gpg is looked for. */
export function openEncryption(
  entry: RepositoryEncryption,
  { resolveSecret }: Pick<Environment, 'resolveSecret'>,
  path?: string,
): Encryption {
  const place = path === undefined ? {} : { path };

  return {
    reads: 'passphrase' in entry || entry.secretKey !== undefined,

    encrypt: (clear, { signal } = {}) =>
      stream(signal, (ended) =>
        withGpgHome(async function* (home) {
          const run = { ...place, home: home.folder, input: clear, signal: ended };
          const end =
            'passphrase' in entry
              ? yield* runGpg({
                  ...run,
                  args: ['--symmetric', ...SYMMETRIC],
                  passphrase: await onePassphrase(resolveSecret, entry.passphrase),
                })
              : yield* runGpg({
                  ...run,
                  args: [
                    '--encrypt',
                    '--trust-model',
                    'always',
                    ...(await recipients(home, entry.recipients)),
                  ],
                });
          if (end.status !== 0)
            throw new TransshipError('KeyRefused', `gpg could not encrypt for the keys: ${said(end)}`);
        }),
      ),

    decrypt: (sealed, what, { signal } = {}) =>
      stream(signal, (ended) =>
        withGpgHome(async function* (home) {
          const secret = 'passphrase' in entry ? entry.passphrase : entry.secretKeyPassphrase;
          const passphrase = secret === undefined ? '' : await onePassphrase(resolveSecret, secret);
          const run = { ...place, home: home.folder, signal: ended, passphrase };
          if (!('passphrase' in entry)) {
            if (entry.secretKey === undefined)
              throw new TransshipError('KeyRefused', `${what}: this worker has no secretKey to open it with`);
            const key = Readable.from([Buffer.from(await resolveSecret(entry.secretKey))]);
            const imported = yield* runGpg({ ...run, args: ['--import'], input: key, hasAgent: true });
            if (imported.status !== 0)
              throw new TransshipError('KeyRefused', `gpg does not take the secretKey: ${said(imported)}`);
          }
          const end = yield* runGpg({
            ...run,
            args: ['--decrypt'],
            input: sealed,
            hasAgent: !('passphrase' in entry),
          });
          if (end.status !== 0 || !end.says.includes('DECRYPTION_OKAY')) throw refused(what, end);
        }),
      ),
  };

  async function recipients(
    home: { write(name: string, content: string): Promise<string> },
    keys: Parameters<typeof resolveSecret>[0][],
  ): Promise<string[]> {
    const files: string[] = [];
    for (const [index, key] of keys.entries())
      files.push('--recipient-file', await home.write(`recipient-${index}`, await resolveSecret(key)));
    return files;
  }
}

/** gpg reads one line. */
async function onePassphrase(
  resolveSecret: Environment['resolveSecret'],
  ref: Parameters<Environment['resolveSecret']>[0],
): Promise<string> {
  const passphrase = await resolveSecret(ref);
  if (!/[\n\r\0]/.test(passphrase)) return passphrase;
  throw new TransshipError('KeyRefused', 'a passphrase of a repository must be one line without NUL');
}

/** gpg says what it found in words for programs; which key was asked for is in no other. */
function refused(what: string, end: GpgEnd): TransshipError {
  const has = (pattern: RegExp): boolean => end.says.some((line) => pattern.test(line));
  if (has(/^ERROR .*11_BAD_PASSPHRASE$/) || has(/^ERROR pkdecrypt_failed /))
    return new TransshipError('KeyRefused', `${what} was encrypted with another passphrase, or was changed`);
  if (has(/^NO_SECKEY /))
    return new TransshipError(
      'KeyRefused',
      `${what} was encrypted for others: ${end.says
        .filter((line) => line.startsWith('ENC_TO '))
        .map((line) => line.split(' ')[1])
        .join(', ')}`,
    );
  return new TransshipError('BackupInvalid', `${what} was cut off or changed: ${said(end)}`);
}

const said = ({ status, stderr }: GpgEnd): string =>
  lastLines(stderr, MESSAGE_CHARACTERS).replaceAll('\n', ' | ') || `status ${status}`;

/** Ended by the signal, and when nobody reads it any more: gpg may be waiting for input then. */
function stream(
  signal: AbortSignal | undefined,
  produce: (ended: AbortSignal) => AsyncGenerator<Buffer>,
): Readable {
  const closed = new AbortController();
  const ended = signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]);
  const output = Readable.from(produce(ended), { objectMode: false });
  output.once('close', () => closed.abort());
  return output;
}
