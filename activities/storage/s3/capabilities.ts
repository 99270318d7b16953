// What a server can and cannot do beyond what every S3 server does: tried once when it matters, kept as long as the
// storage is open. Compatible servers differ, and none of them tells.

import { hash, randomUUID } from 'node:crypto';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import { EMPTY_SHA256, PROBE_FOLDER } from '../../../domain/storage/content-address.ts';
import { refusedForItsBytes } from './errors.ts';
import { abortedBy, ask, at, copySource, type S3Connection } from './connection.ts';
import { base64ToHex, CHECKSUM, hexToBase64, UNSIGNED } from './headers.ts';
import { putObject } from './put.ts';
import { Etags } from './server-digest.ts';
import { RefusedError } from './wire.ts';

const SERVER_ERROR = 500;
const NOT_IMPLEMENTED = 501;

export class Capabilities {
  readonly #known = new Map<string, Promise<boolean>>();
  /** Until a server that says that it does not know version 2 has listed by version 1. */
  listsVersion2 = true;
  readonly etags = new Etags();

  /** Does the server refuse a body whose digest is not the announced one, though it does not show digests? */
  async refusesWrongBytes(connection: S3Connection, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#once('refusesWrongBytes', () => triesWrongBytes(connection, signal));
  }

  /** As `refusesWrongBytes`, where `x-amz-checksum-sha256` alone names the digest and the signature does not. */
  async refusesWrongUnsigned(connection: S3Connection, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#once('refusesWrongUnsigned', () => triesWrongBytes(connection, signal, UNSIGNED));
  }

  /** Does the server tell the SHA-256 of what it copied? */
  async tellsDigestOfCopies(connection: S3Connection, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#once('tellsDigestOfCopies', () => triesCopy(connection, signal));
  }

  /** Does the server obey `If-None-Match: *`? */
  async createsOnlyNew(connection: S3Connection, signal: AbortSignal | undefined): Promise<boolean> {
    return await this.#once('createsOnlyNew', () => triesCreation(connection, signal));
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

/** Only if it takes the same with the right digest: then it is the bytes that it refuses. */
async function triesWrongBytes(
  connection: S3Connection,
  signal: AbortSignal | undefined,
  payload?: string,
): Promise<boolean> {
  const key = `${connection.root}${PROBE_FOLDER}${randomUUID()}`;
  const refusalOf = async (digestOf: string): Promise<RefusedError | undefined> => {
    const announced = hash('sha256', digestOf);
    try {
      const answer = await connection.wire.send({
        method: 'PUT',
        key,
        payload: payload ?? announced,
        headers: { [CHECKSUM]: hexToBase64(announced) },
        body: Buffer.from('these bytes'),
        signal,
      });
      answer.body.resume();
      return undefined;
    } catch (error) {
      // A bucket's policy can forbid what is not signed. A server that stumbles is asked another time.
      if (error instanceof RefusedError && (payload !== undefined || error.status < SERVER_ERROR))
        return error;
      throw error;
    }
  };
  const wrong = await refusalOf('other bytes');
  if (wrong !== undefined && !refusedForItsBytes(wrong)) return false;
  const right = wrong && (await refusalOf('these bytes'));
  if (right !== undefined) return false;
  await remove(connection, key, signal);
  return wrong !== undefined;
}

/** `key`: the whole one in the bucket. false: there is an object of that key. */
export async function createObject(
  connection: S3Connection,
  key: string,
  body: Buffer,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const sha256 = hash('sha256', body);
  const headers = { 'if-none-match': '*', [CHECKSUM]: hexToBase64(sha256) };
  try {
    const answer = await connection.wire.send({ method: 'PUT', key, headers, payload: sha256, body, signal });
    answer.body.resume();
    return true;
  } catch (error) {
    // 409: somebody else is writing it just now.
    if (error instanceof RefusedError && [409, 412].includes(error.status)) return false;
    throw error;
  }
}

async function triesCreation(connection: S3Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const key = `${connection.root}${PROBE_FOLDER}${randomUUID()}`;
  const body = Buffer.from('transship probe');
  try {
    return (
      (await createObject(connection, key, body, signal)) &&
      !(await createObject(connection, key, body, signal))
    );
  } catch (error) {
    if (error instanceof RefusedError && (error.status < SERVER_ERROR || error.status === NOT_IMPLEMENTED))
      return false;
    throw error;
  } finally {
    await remove(connection, key, signal);
  }
}

async function triesCopy(connection: S3Connection, signal: AbortSignal | undefined): Promise<boolean> {
  const [from, to] = [`${PROBE_FOLDER}${randomUUID()}`, `${PROBE_FOLDER}${randomUUID()}`];
  const body = Buffer.from('transship probe');
  const sha256 = hash('sha256', body);
  await putObject(
    connection.wire,
    { key: connection.root + from, name: from, body, size: body.length, sha256 },
    signal,
  );
  try {
    const answer = await connection.client.send(
      new CopyObjectCommand({
        ...at(connection, to),
        CopySource: copySource(connection, from),
        ChecksumAlgorithm: 'SHA256',
      }),
      abortedBy(signal),
    );
    const told = answer.CopyObjectResult?.ChecksumSHA256;
    return told !== undefined && base64ToHex(told) === sha256;
  } finally {
    for (const key of [from, to]) await remove(connection, connection.root + key, signal);
  }
}

async function remove(connection: S3Connection, key: string, signal: AbortSignal | undefined): Promise<void> {
  const answer = await ask(connection, { action: 'remove', signal }, () =>
    connection.wire.send({ method: 'DELETE', key, payload: EMPTY_SHA256, signal }),
  );
  answer.body.resume();
}
