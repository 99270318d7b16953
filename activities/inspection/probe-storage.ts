// What `transship doctor storage` shows: what a storage can do, each thing tried for real in a folder that no registry
// looks at, and nothing of it left behind.

import { hash, randomBytes, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { ProbeRow, StorageProbe } from '../../contracts/storage.ts';
import { PROBE_FOLDER } from '../../domain/storage/content-address.ts';
import type { Meter } from '../concurrency/heartbeat.ts';
import type { Attempt, Finding } from '../storage/probe.ts';
import type { Storage } from '../storage/storage.ts';

const LATENCY_TRIES = 9;
/** More than two parts of every kind's smallest size. */
const LARGE_BYTES = 17 * 1024 ** 2;
const ODD_NAMES = [
  'with space',
  'plus+plus',
  'percent%41',
  `it's "quoted"`,
  'ünï',
  '漢字',
  '😀',
  'hash#?&=x',
  'back\\slash',
  'two\nlines',
];

export async function probeStorage(storage: Storage, meter: Meter): Promise<StorageProbe> {
  const { signal } = meter;
  const rows: ProbeRow[] = [];
  const attempt: Attempt = async (name, work) => {
    try {
      rows.push({ name, ...(await work()) });
    } catch (error) {
      signal.throwIfAborted();
      rows.push({ name, verdict: 'no', detail: (error as Error).message });
    }
    meter.moved();
  };
  const folder = `${PROBE_FOLDER}${randomUUID()}/`;
  try {
    await probeAny(storage, folder, meter, attempt);
    if (storage.probe !== undefined) await storage.probe(folder, attempt, { signal });
    else {
      const none = { verdict: 'no' as const, detail: `not asked of a storage of kind ${storage.kind}` };
      for (const name of ['conditional writes', 'clock']) await attempt(name, () => Promise.resolve(none));
    }
  } finally {
    await removeAll(storage, folder);
  }
  return { describe: storage.describe, kind: storage.kind, rows };
}

async function probeAny(storage: Storage, folder: string, meter: Meter, attempt: Attempt): Promise<void> {
  const { signal } = meter;
  const options = { signal, moved: (): void => meter.moved() };
  const write = async (name: string, body: Buffer): Promise<string> => {
    const request = { size: body.length, sha256: hash('sha256', body) };
    return (await storage.write(folder + name, body, request, options)).proof;
  };
  const read = async (name: string, range = {}): Promise<string> =>
    (await buffer(await storage.read(folder + name, { ...range, signal }))).toString();
  const names = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const { key } of storage.list({ prefix: folder, signal }))
      found.push(key.slice(folder.length));
    return found;
  };

  await attempt('read after write', async () => {
    await write('object', Buffer.from('first'));
    requireSame(await read('object'), 'first', 'read what was written');
    await write('object', Buffer.from('second'));
    return say(await read('object'), 'second', 'a new and a replaced object are read at once');
  });
  await attempt('list after write', async () => {
    requireSame(String(await names()), 'object', 'list what was written');
    await write('gone', Buffer.from('x'));
    await storage.remove([`${folder}gone`], { signal });
    return say(String(await names()), 'object', 'a new object is listed at once, a removed one no more');
  });
  const { links } = storage;
  if (links !== undefined)
    await attempt('accepted links', async () => {
      await names();
      const led = Object.entries(links).map(([key, to]) => `${key} leads to ${to}`);
      return { verdict: 'yes', detail: `${led.join(', ')}; read and never written` };
    });
  await attempt('ranges', async () =>
    say(await read('object', { offset: 1, length: 3 }), 'eco', 'any piece of an object can be read'),
  );
  await attempt('large object in parts', async () => {
    if (storage.writeInParts === undefined) {
      return { verdict: 'no', detail: `an object goes in one request, up to ${storage.limits.object} bytes` };
    }
    const body = randomBytes(LARGE_BYTES);
    const part = (offset: number, length: number): Promise<Readable> =>
      Promise.resolve(Readable.from([body.subarray(offset, offset + length)]));
    const request = { size: body.length, sha256: hash('sha256', body) };
    const { proof } = await storage.writeInParts(`${folder}large`, part, request, options);
    const back = await buffer(await storage.read(`${folder}large`, { signal }));
    return say(back.equals(body), true, `proof of its copies: ${proof}`);
  });
  await attempt('server-side copy', async () => {
    await storage.copyWithin(`${folder}object`, `${folder}copy`, { signal });
    return say(await read('copy'), 'second', 'no bytes pass through the worker');
  });
  await attempt('checksums', async () => {
    const proof = await write('proved', Buffer.from('proved'));
    const told = await storage.stat(`${folder}proved`, { signal });
    const shows =
      [told?.sha256 && 'SHA-256', told?.md5 && 'MD5'].filter(Boolean).join(' and ') || 'no digest';
    const note = storage.proof.note === null ? '' : `; ${storage.proof.note}`;
    const verdict = proof === 'server' && told?.sha256 !== undefined ? 'yes' : 'limited';
    return { verdict, detail: `proof of its copies: ${proof}; tells ${shows} of an object${note}` };
  });
  await attempt('case-sensitive keys', async () => {
    await write('case', Buffer.from('lower'));
    await write('CASE', Buffer.from('upper'));
    return say(await read('case'), 'lower', 'keys that differ only in case are two objects');
  });
  await attempt('odd characters in keys', async () => {
    const refused: string[] = [];
    for (const name of ODD_NAMES) {
      const kept = await write(`odd/${name}`, Buffer.from(name)).then(
        async () => (await read(`odd/${name}`)) === name && (await names()).includes(`odd/${name}`),
        () => false,
      );
      signal.throwIfAborted();
      if (!kept) refused.push(JSON.stringify(name));
    }
    if (refused.length === 0) return { verdict: 'yes', detail: 'all that were tried are kept and listed' };
    return { verdict: 'limited', detail: `not kept: ${refused.join(', ')}` };
  });
  await attempt('latency', async () => {
    const tookMs: number[] = [];
    for (let n = 0; n < LATENCY_TRIES; n += 1) {
      const start = performance.now();
      await storage.stat(`${folder}object`, { signal });
      tookMs.push(performance.now() - start);
    }
    const median = tookMs.sort((a, b) => a - b)[Math.floor(LATENCY_TRIES / 2)] as number;
    return { verdict: 'yes', detail: `${median.toFixed(1)} ms for a question about one object (median)` };
  });
}

/** Also when the work was cancelled, and what a killed upload left. */
async function removeAll(storage: Storage, folder: string): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of storage.list({ prefix: folder })) keys.push(key);
  await storage.remove(keys);
}

function requireSame(found: unknown, expected: unknown, action: string): void {
  if (found !== expected) throw new Error(`could not ${action}: found ${String(found)}`);
}

const say = (found: unknown, expected: unknown, detail: string): Finding =>
  found === expected
    ? { verdict: 'yes', detail }
    : { verdict: 'no', detail: `found ${String(found).slice(0, 100)}` };
