import { describe, expect, it } from 'vitest';
import type { StorageEntry } from '../../contracts/inventory.ts';
import type { HostLook } from '../../contracts/storage-activities.ts';
import { findingText } from '../finding.ts';
import { judgeHosts } from './judge-hosts.ts';

const S3: StorageEntry = {
  kind: 's3',
  bucket: 'images',
  region: 'eu-west-1',
  rootdirectory: '',
  v4auth: true,
  secure: true,
  skipverify: false,
};
const VOLUME: StorageEntry = { kind: 'host', host: 'node1', volume: 'images' };
const WELL: HostLook = {
  host: 'node1',
  problem: null,
  missing: [],
  clock: { aheadOfWorkerS: 0, aheadOfServerS: 1 },
  rooms: [{ path: '/var/lib/docker', freeBytes: 2 * 1024 ** 3, freeInodes: 1_000_000 }],
  server: { url: 'https://s3', answer: 'trusted', detail: '' },
};

const judged = (changes: Partial<HostLook>, destination: StorageEntry | null = S3): string[] =>
  judgeHosts([{ ...WELL, ...changes }], { destination, needsHosts: false }).map(
    (finding) => `${finding.severity}: ${findingText(finding)}`,
  );

const room = (freeBytes: number, freeInodes: number | null): string =>
  judged({ rooms: [{ path: '/var', freeBytes, freeInodes }] }).join();

describe('a host', () => {
  it('that is well is not spoken of', () => {
    expect(judged({})).toEqual([]);
  });

  it('that cannot be looked at stops what runs commands there, and is named elsewhere', () => {
    const looks = [{ ...WELL, problem: 'host node1 does not answer' }];
    for (const [needsHosts, severity] of [
      [true, 'stops'],
      [false, 'warns'],
    ] as const)
      expect(judgeHosts(looks, { destination: S3, needsHosts })).toMatchObject([{ severity }]);
  });

  it('whose clock is wrong stops a storage that signatures go to, and is a warning elsewhere', () => {
    const late = { clock: { aheadOfWorkerS: 0, aheadOfServerS: -901 } };
    expect(judged(late)).toEqual([expect.stringMatching(/^stops: .*15m 1s behind that of the storage/)]);
    expect(judged(late, VOLUME)).toEqual([expect.stringMatching(/^warns: /)]);
    expect(judged({ clock: { aheadOfWorkerS: 0, aheadOfServerS: 900 } })).toEqual([
      expect.stringMatching(/^warns: .*15m ahead of/),
    ]);
    expect(judged({ clock: { aheadOfWorkerS: 61, aheadOfServerS: null } })).toEqual([
      expect.stringContaining('1m 1s ahead of that of this worker') as string,
    ]);
    expect(judged({ clock: { aheadOfWorkerS: 60, aheadOfServerS: null } })).toEqual([]);
  });

  it('without room or inodes is named with the folder', () => {
    expect(room(1024 ** 3 - 1, 9_999)).toContain('1024 MiB free and 9999 inodes free where /var is');
    for (const uncounted of [0, null, 10_000]) expect(room(1024 ** 3, uncounted)).toBe('');
  });

  it('that lacks a program says which', () => {
    expect(judged({ missing: ['curl'] })).toEqual([expect.stringMatching(/^warns: Host node1 has no curl/)]);
  });

  it.each([
    ['unreachable', /^stops: Host node1 cannot reach https:\/\/s3 \(curl says\)/],
    ['untrusted', /^stops: Host node1 does not trust .*`rootca`/],
    ['trusted-with-rootca', /^notes: .*"Configure your clients"/],
    ['unverified', /^warns: .*"Configure your clients"/],
  ] as const)('to which the storage is %s', (answer, text) => {
    const server = { url: 'https://s3', answer, detail: 'curl says' };
    expect(judged({ server })).toEqual([expect.stringMatching(text)]);
    expect(judged({ server }, null)).toEqual([]);
  });
});
