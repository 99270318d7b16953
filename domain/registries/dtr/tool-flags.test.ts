import { expect, it } from 'vitest';
import { flagsIn, showsRule } from './tool-flags.ts';

const HELP = `NAME:
   dtr reconfigure - Change MSR configurations

OPTIONS:
   --async-nfs                   Use async NFS; --nfs-storage-url must be set, see --storage-migrated [$ASYNC_NFS]
   --nfs-storage-url value       NFS to store images. To keep tags
                                 pass --reinitialize-storage=false [$NFS_STORAGE_URL]
   -y, --yes                     Answer yes
   --dtr-storage-volume value
`;

it('takes what begins a line for a flag, and not what is said of another one', () => {
  expect(flagsIn(HELP)).toEqual(['async-nfs', 'nfs-storage-url', 'yes', 'dtr-storage-volume']);
  expect(showsRule(flagsIn(HELP))).toBe(false);
  expect(showsRule([...flagsIn(HELP), 'reinitialize-storage'])).toBe(true);
});

it('finds what is written in colours', () => {
  expect(flagsIn('   \u001B[33m--storage-migrated\u001B[0m  keep tags')).toEqual(['storage-migrated']);
});

it('finds nothing in what is no help', () => {
  for (const text of ['', 'Unable to find image', '-----BEGIN CERTIFICATE-----', '--\n--- x\n'])
    expect(flagsIn(text)).toEqual([]);
});
