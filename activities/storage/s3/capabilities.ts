// What a server can and cannot do beyond what every S3 server does: tried once when it matters, kept as long as the
// storage is open. Compatible servers differ, and none of them tells.

import { hash, randomUUID } from 'node:crypto';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { PROBE_FOLDER } from '../../../domain/content-address.ts';
import { refusedForItsBytes } from './errors.ts';
import { abortedBy, ask, at, base64ToHex, type Place } from './place.ts';
import { CHECKSUM, putObject } from './put.ts';
import { encodePath } from './sign.ts';
import { EMPTY_SHA256 } from './wire.ts';

export class Capabilities {
  readonly #known = new Map<string, Promise<boolean>>();
  /** Until a listing finds that the server knows version 1 only. */
  listsVersion2 = true;

  /** Does the server refuse a body whose digest is not the announced one, though it does not show digests? */
  async refusesWrongBytes(place: Place, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#once('refusesWrongBytes', () => triesWrongBytes(place, signal));
  }

  /** Does the server tell the SHA-256 of what it copied? */
  async tellsDigestOfCopies(place: Place, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#once('tellsDigestOfCopies', () => triesCopy(place, signal));
  }

  /** A probe that fails finds nothing; the next who asks tries again. */
  async #once(name: string, probe: () => Promise<boolean>): Promise<boolean> {
    let found = this.#known.get(name);
    if (found === undefined) {
      found = probe();
      this.#known.set(name, found);
      found.catch(() => this.#known.delete(name));
    }
    return await found;
  }
}

async function triesWrongBytes(place: Place, signal: AbortSignal | undefined): Promise<boolean> {
  const key = `${place.root}${PROBE_FOLDER}${randomUUID()}`;
  const announced = hash('sha256', 'other bytes');
  try {
    const answer = await place.wire.send({
      method: 'PUT',
      key,
      payload: announced,
      headers: { [CHECKSUM]: Buffer.from(announced, 'hex').toString('base64') },
      body: Buffer.from('these bytes'),
      signal,
    });
    answer.body.resume();
  } catch (error) {
    if (refusedForItsBytes(error)) return true;
    throw error;
  }
  await remove(place, key, signal);
  return false;
}

async function triesCopy(place: Place, signal: AbortSignal | undefined): Promise<boolean> {
  const [from, to] = [`${PROBE_FOLDER}${randomUUID()}`, `${PROBE_FOLDER}${randomUUID()}`];
  const body = Buffer.from('transship probe');
  const sha256 = hash('sha256', body);
  await putObject(
    place.wire,
    { key: place.root + from, name: from, body, size: body.length, sha256 },
    signal,
  );
  try {
    const answer = await place.client.send(
      new CopyObjectCommand({
        ...at(place, to),
        CopySource: copySource(place, from),
        ChecksumAlgorithm: 'SHA256',
      }),
      abortedBy(signal),
    );
    const told = answer.CopyObjectResult?.ChecksumSHA256;
    return told !== undefined && base64ToHex(told) === sha256;
  } finally {
    for (const key of [from, to]) await remove(place, place.root + key, signal);
  }
}

async function remove(place: Place, key: string, signal: AbortSignal | undefined): Promise<void> {
  const answer = await ask(place, { action: 'remove', signal }, () =>
    place.wire.send({ method: 'DELETE', key, payload: EMPTY_SHA256, signal }),
  );
  answer.body.resume();
}

/** As `x-amz-copy-source` wants it. */
export const copySource = (place: Place, key: string): string =>
  `${place.bucket}/${encodePath(place.root + key)}`;
