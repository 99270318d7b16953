// What the doctor says of a storage, each thing tried on a real one, and what the trying leaves behind: nothing.

import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ProbeRow } from '../../contracts/storage.ts';
import type { Meter } from '../../activities/concurrency/heartbeat.ts';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { probeStorage } from '../../activities/inspection/probe-storage.ts';
import { unfinishedUploads } from '../conformance/kinds/s3-uploads.ts';
import { keysOf } from '../conformance/suite/subject.ts';
import { behindProxy, refused } from '../storage/s3-behind-proxy.ts';
import { IMPATIENT } from '../support/impatient.ts';

const behind = behindProxy();

const meterOf = (signal: AbortSignal): Meter => ({
  signal,
  patience: IMPATIENT,
  moved: () => undefined,
  patiently: async (work) => await work,
});
const verdicts = (rows: ProbeRow[]): Record<string, string> =>
  Object.fromEntries(rows.map(({ name, verdict }) => [name, verdict]));

it('finds an S3 server that can do everything', async () => {
  const storage = await behind.open();
  await storage.write('registry/object', Buffer.from('x'), { size: 1 });
  const { kind, rows } = await probeStorage(storage, meterOf(new AbortController().signal));
  expect(kind).toBe('s3');
  expect(verdicts(rows)).toEqual({
    'read after write': 'yes',
    'list after write': 'yes',
    ranges: 'yes',
    'large object in parts': 'yes',
    'server-side copy': 'yes',
    checksums: 'yes',
    'case-sensitive keys': 'yes',
    'odd characters in keys': 'yes',
    latency: 'yes',
    'conditional writes': 'yes',
    'wrong bytes are refused': 'yes',
    'copies between buckets': 'yes',
    'trailing checksums (aws-chunked)': 'yes',
    'removal without Content-MD5': 'yes',
    'listing version 2': 'yes',
    clock: 'yes',
  });
  expect(rows.find(({ name }) => name === 'latency')?.detail).toMatch(/^\d+\.\d ms/);
  expect(await keysOf(storage)).toEqual(['registry/object']);
  expect(await unfinishedUploads(behind.server.s3, behind.server.entry.bucket)).toEqual([]);
});

it('names what a server refuses, and goes on', async () => {
  behind.lack((exchange) => {
    if (exchange.url.includes('?uploads')) return refused(501, 'NotImplemented')(exchange);
    if (exchange.headers['if-none-match'] !== undefined) return refused(501, 'NotImplemented')(exchange);
    return undefined;
  });
  const { rows } = await probeStorage(await behind.open(), meterOf(new AbortController().signal));
  behind.lack(null);
  const no = rows.filter(({ verdict }) => verdict !== 'yes');
  expect(no.map(({ name }) => name)).toEqual(['large object in parts', 'conditional writes']);
  for (const { detail } of no) expect(detail).toContain('NotImplemented');
});

it('says of a directory what it cannot do', async () => {
  const root = await mkdtemp(join(tmpdir(), 'transship-probe-'));
  const storage = openFilesystemStorage(root);
  const { rows } = await probeStorage(storage, meterOf(new AbortController().signal));
  expect(verdicts(rows)).toMatchObject({
    'read after write': 'yes',
    'odd characters in keys': 'yes',
    checksums: 'limited',
    'conditional writes': 'no',
    clock: 'no',
  });
  expect((await readdir(root)).filter((name) => name.startsWith('.transship-probe'))).toEqual([]);
  await storage.close();
  await rm(root, { recursive: true });
});

it('says of a directory which links are followed, and where they lead', async () => {
  const root = await mkdtemp(join(tmpdir(), 'transship-probe-'));
  await mkdir(join(root, 'disk'));
  await writeFile(join(root, 'disk', 'one'), 'x');
  await symlink(join(root, 'disk'), join(root, 'blobs'));
  const probe = async (to: string) => {
    const storage = openFilesystemStorage(root, { blobs: to });
    try {
      return await probeStorage(storage, meterOf(new AbortController().signal));
    } finally {
      await storage.close();
    }
  };
  const disk = join(root, 'disk');
  expect((await probe(disk)).rows).toContainEqual({
    name: 'accepted links',
    verdict: 'yes',
    detail: `blobs leads to ${disk}; read and never written`,
  });
  await expect(probe('/elsewhere')).rejects.toMatchObject({ type: 'InvalidInput' });
  await rm(root, { recursive: true });
});

it('ends when it is cancelled, and leaves nothing', async () => {
  const storage = await behind.open('/cancelled');
  const reason = new Error('cancelled by the test');
  const cancelled = new AbortController();
  behind.lack((exchange) => {
    if (exchange.url.includes('partNumber')) cancelled.abort(reason);
    return undefined;
  });
  await expect(probeStorage(storage, meterOf(cancelled.signal))).rejects.toBe(reason);
  behind.lack(null);
  expect(await keysOf(storage)).toEqual([]);
  expect(await unfinishedUploads(behind.server.s3, behind.server.entry.bucket)).toEqual([]);
});
