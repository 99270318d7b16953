#!/usr/bin/env node
// Plans a pass over two listings of so many objects that differ here and there, and prints its list and the most memory
// that the process had, in bytes. Listings are made up, because a disk would need minutes for as many files.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilesystemStorage } from '../../activities/storage/filesystem/filesystem.ts';
import { planPass } from '../../activities/copying/plan-pass.ts';
import type { Storage } from '../../activities/storage/storage.ts';
import { forceClaim } from './force-claim.ts';
import { IMPATIENT } from '../support/impatient.ts';

const count = Number(process.argv[2]);
const dir = await mkdtemp(join(tmpdir(), 'transship-plan-'));
const journal = openFilesystemStorage(dir);

function listing(holds: (n: number) => boolean): Storage {
  return Object.assign(Object.create(journal) as Storage, {
    async *list() {
      for (let n = 0; n < count; n += 1) {
        if (!holds(n)) continue;
        const hex = n.toString(16).padStart(64, '0');
        yield await Promise.resolve({
          key: `docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`,
          size: 71,
        });
      }
    },
  });
}

const source = listing(() => true);
const destination = listing((n) => n % 10 !== 0);
const meter = {
  signal: new AbortController().signal,
  patience: IMPATIENT,
  moved: () => undefined,
  patiently: <T>(waited: Promise<T>) => waited,
};
// The first pass of a job would prove what it finds.
const request = { job: 'job', pass: 2, source: 'a', destination: 'b', final: true };
await forceClaim({ journal, source, destination }, request);
const list = await planPass({ journal, source, destination }, request, meter);
await rm(dir, { recursive: true });
process.stdout.write(JSON.stringify({ list, bytes: process.resourceUsage().maxRSS * 1024 }));
