// Traps of a switch: what erases tags, of which versions, and what must not be believed (dtr-msr.md §0.2, §7).

import type { Trap } from './trap.ts';

const REFUSED = { file: 'domain/registries/dtr/recipes.test.ts', title: 'refuses %s and says what to do' };
const BY_HAND = 'test/lab/dtr-versions.test.ts';
const UPGRADE = 'one minor version at a time';

export const SWITCHING: Trap[] = [
  {
    id: 'too-old',
    from: [0, 0, 0],
    below: [2, 5, 0],
    happens: 'Nothing that S0 and S1 say is about these versions.',
    source: 'S0 and S1 begin with DTR 2.5',
    check: 'The table of recipes has no row, so no plan is made.',
    says: `Upgrade to DTR 2.6.13 or 2.7, ${UPGRADE}.`,
    in: 'refusal',
    test: REFUSED,
  },
  {
    id: 'no-read-only-mode',
    from: [2, 5, 0],
    below: [2, 6, 0],
    happens:
      'POST meta/settings takes readOnlyRegistry and changes nothing, so a push is acknowledged between the copy and the switch, and is lost.',
    source: 'the API of 2.5 has no readOnlyRegistry (dtr-msr.md §3.5)',
    check: 'No recipe: Transship switches nothing that it cannot keep pushes away from.',
    says: `DTR 2.5 has no read-only mode in its API, so a push could be lost between the copy and the switch. Upgrade to 2.6.13 or 2.7 first, ${UPGRADE}; the upgrade to 2.6 moves the metadata by itself.`,
    in: 'refusal',
    test: { file: BY_HAND, title: 'DTR 2.5 takes readOnlyRegistry and stays writable' },
  },
  {
    id: 'rebuilt-from-files',
    from: [2, 5, 0],
    below: [2, 6, 0],
    mode: 'classic',
    happens:
      'After a switch a job "tagmigration" rebuilds the tags from the files in the new storage: what was not copied has no tag any more, and until the job has ended there are none.',
    source: 'S0, first paragraph; dtr-msr.md §7.3',
    check: 'No recipe. `inspect` tells classic from online by features.metadataStoreOptedIn.',
    says: 'By hand: keep pushes away at the load balancer, copy everything, switch, and wait for the job "tagmigration" to end.',
    in: 'refusal',
    test: {
      file: BY_HAND,
      title: 'classic DTR 2.5 rebuilds the tags of what was copied, and of nothing else',
    },
  },
  {
    id: 'opted-in-erases',
    from: [2, 5, 0],
    below: [2, 6, 0],
    mode: 'online',
    happens:
      'A switch by `--nfs-storage-url` or by the settings erases every tag, and nothing rebuilds them.',
    source: 'S0, first paragraph and "DTR 2.6.0-2.6.4 and DTR 2.5 (with experimental garbage collection)"',
    check: 'No recipe. `inspect` tells classic from online by features.metadataStoreOptedIn.',
    says: 'With online garbage collection DTR 2.5 erases every tag on a switch, and nothing rebuilds them.',
    in: 'refusal',
    test: { file: BY_HAND, title: 'erases every tag by %s of %s' },
  },
  {
    id: 'export-erases',
    from: [2, 6, 0],
    below: [2, 6, 4],
    to: 'NFS',
    path: 'read-only',
    happens: '`reconfigure --nfs-storage-url` erases every tag, whatever was copied (ENGDTR-794).',
    source: 'release notes of DTR 2.6.0; S1 "Local filesystem", Important',
    check: 'No recipe for this path: the content is restored onto a volume of the export instead.',
    says: 'DTR 2.6.0-2.6.3 erases every tag when it is reconfigured to an export (ENGDTR-794). Take the best-practice path, or upgrade to 2.6.4 or later first.',
    in: 'refusal',
    test: { file: BY_HAND, title: 'erases every tag by %s of %s' },
  },
  {
    id: 'volume-without-the-flag',
    from: [2, 6, 0],
    below: [2, 6, 4],
    to: 'a volume or folder',
    path: 'read-only',
    happens: '`--storage-migrated` is not there yet, and a switch initializes a new metadata store.',
    source: 'S0, first paragraph; release notes of DTR 2.6.4',
    unclear:
      'S1 calls `reconfigure --dtr-storage-volume` the way around lost tags. S0 says of every switch that it erases them. Nothing public settles it, so it is not done.',
    check: 'No recipe for this path: the content is restored from a backup onto the volume instead.',
    says: 'The documents contradict each other on whether DTR 2.6.0-2.6.3 keeps its tags when it is reconfigured to another volume. Take the best-practice path, or upgrade to 2.6.4 or later first.',
    in: 'refusal',
    test: REFUSED,
  },
  {
    id: 'signing-data-not-in-backup',
    from: [2, 6, 0],
    below: [2, 6, 1],
    path: 'best-practice',
    happens: 'Signing data of Notary is not in the backup, and is gone after the restore.',
    source: 'release notes of DTR 2.6.1 and 2.5.7',
    check: 'No recipe for this path.',
    says: 'A backup of DTR 2.6.0 does not hold all signing data of Notary, and a restore would lose it. Upgrade to 2.6.4 or later first.',
    in: 'refusal',
    test: REFUSED,
  },
  {
    id: 'cloud-settings-erase',
    from: [2, 6, 0],
    below: [2, 6, 6],
    to: 'a cloud storage',
    happens: 'A change of the storage in the web UI or by the API erases every tag (ENGDTR-793).',
    source: 'release notes of DTR 2.6.0 and 2.6.6; S1 "Update your S3 settings on the web interface"',
    unclear:
      'S1 says 2.6.0 to 2.6.4. The first way to keep the metadata is of 2.6.6, so 2.6.5 is refused too.',
    check: 'No recipe.',
    says: 'DTR 2.6.0-2.6.5 erases every tag when its storage is changed to a cloud storage (ENGDTR-793). Upgrade to 2.6.6 or later first.',
    in: 'refusal',
    test: { file: BY_HAND, title: 'erases every tag by %s of %s' },
  },
  {
    id: 'no-storage-migrated',
    from: [2, 6, 4],
    below: [2, 9, 0],
    happens: '`reconfigure` with another storage and without --storage-migrated erases every tag.',
    source: 'S0 "DTR 2.6.4 and above"; release notes of DTR 2.6.4',
    check:
      'The command is built, shown in the plan and run as it was shown; afterwards every tag is compared.',
    says: 'reconfigure … --storage-migrated',
    in: 'plan',
    test: { file: BY_HAND, title: 'erases every tag by %s of %s' },
  },
  {
    id: 'no-keep-metadata',
    from: [2, 6, 6],
    below: [2, 9, 0],
    to: 'a cloud storage',
    happens:
      'PUT admin/settings/registry without keep_metadata erases every tag; so does the web UI of 2.6.6.',
    source: 'release notes of DTR 2.6.6 and 2.6.7',
    check: 'One file sends the settings, and always with keep_metadata; afterwards every tag is compared.',
    says: 'PUT /api/v0/admin/settings/registry with keep_metadata: true → <destination>',
    in: 'plan',
    test: { file: BY_HAND, title: 'erases every tag by %s of %s' },
  },
  {
    id: 'ends-well-and-changes-nothing',
    from: [2, 6, 0],
    below: null,
    happens: '`reconfigure` ends with status 0, and the registry goes on with the old storage.',
    source: 'nothing says that --dtr-storage-volume leaves S3 or NFS (dtr-msr.md §7.3)',
    check:
      'Every replica is asked where it is, and must serve an image of ours as it lies at the destination alone.',
    says: '<registry> says that it stores its content by <place>, which is <source>, and not by <destination>.',
    in: 'failure',
    test: {
      file: 'test/e2e/odd-registry.test.ts',
      title:
        'is asked where it is after a reconfigure that changed nothing, and goes back by the choice of a person',
    },
  },
  {
    id: 'not-a-2-of-this-line',
    from: [2, 11, 0],
    below: null,
    happens: 'Nobody knows: S1 ends with MSR 2.9, and MSR 3 and 4 are other products.',
    source: 'S1; dtr-msr.md §1.1',
    check: 'The table of recipes has no row, so no plan is made.',
    says: 'No document says how this version is moved. If it is newer than 2.10, ask for a row in the table of recipes.',
    in: 'refusal',
    test: REFUSED,
  },
];
