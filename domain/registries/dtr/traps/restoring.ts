// Traps of backup, destroy and restore (S0 "Best practice for data migration", S2, S4; dtr-msr.md §0.2, §1.4, §2).

import type { Trap } from './trap.ts';

const EVERY = { from: [2, 5, 0], below: null } as const;
const ONLINE = { from: [2, 6, 0], below: null } as const;
const PATH = { path: 'best-practice' } as const;
const ARCHIVE_TEST = 'activities/registry/dtr/metadata-archive.test.ts';
const STAND_IN_TEST = 'test/lab/dtr-backup-restore.test.ts';
const COMMAND_TEST = 'domain/registries/dtr/bootstrapper-command.test.ts';

export const RESTORING: Trap[] = [
  {
    id: 'pushes-after-the-backup',
    ...EVERY,
    ...PATH,
    happens: 'S0 backs up before it copies: whatever is pushed until the restore has no tag afterwards.',
    source: 'S0 "Best practice for data migration", steps 2 to 4',
    check: 'A second backup is taken when pushes are refused, and that one is restored.',
    says: 'Back up the metadata for good, after the last push (added to S0: its backup misses later pushes)',
    in: 'plan',
    test: {
      file: 'domain/migration/plan.test.ts',
      title: 'takes the final backup after pushes have stopped and before anything is destroyed',
    },
  },
  {
    id: 'collects-what-the-backup-lacks',
    ...ONLINE,
    ...PATH,
    happens:
      '`onlinegc_blobs` removes the blobs of every push that the restored backup does not know, for good.',
    source: 'S0 step 5',
    check: 'Every tag is verified before, and a person approves it by itself.',
    says: 'POST /api/v0/jobs {"action": "onlinegc_blobs"}: removes blobs that no manifest refers to, irreversibly',
    in: 'plan',
    test: {
      file: STAND_IN_TEST,
      title: 'garbage collection after a restore deletes the blobs of every push since the backup',
    },
  },
  {
    id: 'schedule-comes-back',
    ...EVERY,
    ...PATH,
    happens:
      'Schedules are in the backup: one of garbage collection runs on the restored registry before anything was verified.',
    source: 'table crons of a real archive (dtr-msr.md §2.2); S0 step 1',
    check: 'The archive is read to its end, and one with such a schedule is none.',
    says: 'it holds the schedule of <action>, which would come back with it',
    in: 'failure',
    test: {
      file: 'test/registry/odd-dtr.test.ts',
      title: 'a backup with a schedule of collection that somebody has saved meanwhile is none',
    },
  },
  {
    id: 'backup-cut-off',
    ...EVERY,
    happens:
      'An archive that was cut off, or lacks tables, restores a registry without images; the documents only list it.',
    source: 'S2 (`tar -t`); dtr-msr.md §2.2, §2.4',
    check: 'The archive is read to its end, and its rows are counted against what the registry serves.',
    says: 'The metadata backup cannot be used: <mistakes>.',
    in: 'failure',
    test: { file: ARCHIVE_TEST, title: 'refuses an archive cut off at %s of its length' },
  },
  {
    id: 'destroy-takes-volumes',
    ...EVERY,
    ...PATH,
    happens: '`destroy` removes every volume of the replica, the one with its images too.',
    source: 'docs of `destroy`; public launchpad code (dtr-msr.md §1.4)',
    check: 'The preflight looks at the name of the destination.',
    says: 'The destination <destination> has the name of a volume of replica <replica>: step "destroy" would remove it with all that was copied there. Name the volume otherwise.',
    in: 'finding',
    test: {
      file: STAND_IN_TEST,
      title: 'destroy takes the local volume with the images, but not a volume that was named',
    },
  },
  {
    id: 'restore-needs-a-storage',
    ...ONLINE,
    ...PATH,
    happens:
      "S2's command has no storage flag, and `restore` ends with an error when everything was destroyed.",
    source: 'release notes of DTR 2.6.0 (dtr-msr.md §0.2)',
    check: 'The command is built with one of the three, always.',
    says: 'restore … --dtr-storage-volume <volume>, or --dtr-use-default-storage',
    in: 'plan',
    test: {
      file: STAND_IN_TEST,
      title: 'a restore is refused without a storage flag, beside living replicas, and for a damaged archive',
    },
  },
  {
    id: 'no-cloud-on-restore',
    ...ONLINE,
    ...PATH,
    to: 'a cloud storage',
    happens: 'S0 has "specify your new storage backend", and no flag of `restore` names a cloud storage.',
    source: 'reference of `restore` (dtr-msr.md §0.2, §7.3)',
    unclear: 'Another page says that storages must not change between backup and restore.',
    check:
      'It is restored on its default, set read-only, and switched by the API with keep_metadata before anybody pushes.',
    says: 'PUT /api/v0/admin/settings/registry with keep_metadata: true → <destination>',
    in: 'plan',
    test: {
      file: 'domain/registries/dtr/dtr.test.ts',
      title: 'switches a restored registry to a cloud storage, and restores on a volume',
    },
  },
  {
    id: 'ports-forgotten',
    ...EVERY,
    ...PATH,
    happens:
      'A replica that is restored or joined without its ports listens on 80 and 443, where UCP may be already.',
    source: 'reference of `restore` and `join` (dtr-msr.md §1.3)',
    check: 'The ports are read while the registry is up, and given to every command.',
    says: 'restore … --replica-http-port <http> --replica-https-port <https>',
    in: 'plan',
    test: {
      file: COMMAND_TEST,
      title: 'keeps replicas on the ports that they have, and says nothing of those that everybody has',
    },
  },
  {
    id: 'terminal',
    ...EVERY,
    happens: 'With a terminal `backup` and `restore` refuse to run, as one page of the documents shows them.',
    source: 'docker/docs#1704; docs of 2.7 on restore (dtr-msr.md §0.2)',
    check:
      'Commands run with -i and never with -t, and without a log driver, which would keep the private keys of the archive.',
    says: 'docker run --rm -i --log-driver none …',
    in: 'plan',
    test: { file: 'test/lab/dtr-bootstrapper.test.ts', title: 'backup refuses a terminal' },
  },
  {
    id: 'no-vulnerability-database',
    ...EVERY,
    ...PATH,
    happens: 'The vulnerability database is not in the backup: scans find nothing after a restore.',
    source: 'S2; dtr-msr.md §2.1, §2.5',
    check: 'It is work for a person; the report lists it.',
    says: 'Fetch the vulnerability database again: a metadata backup does not hold it (PUT /api/v0/imagescan/scan/update?online=true).',
    in: 'plan',
    test: { file: 'activities/records/report.test.ts', title: 'tells what is left to do by hand' },
  },
];
