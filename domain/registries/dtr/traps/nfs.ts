// Traps of NFS and of volumes (S1 "Configuring MSR for NFS"; dtr-msr.md §0.2, §1.3, §2.5, §5.2).

import type { Trap } from './trap.ts';

const EVERY = { from: [2, 5, 0], below: null } as const;
const SINCE_2_6 = { from: [2, 6, 0], below: null } as const;
const DTR_TEST = 'domain/registries/dtr/dtr.test.ts';
const COMMAND_TEST = 'domain/registries/dtr/bootstrapper-command.test.ts';

export const NFS: Trap[] = [
  {
    id: 'server-by-name',
    ...EVERY,
    to: 'NFS',
    happens: 'A name that later stands for another address mounts another server, or none, on every replica.',
    source: 'S1 "The NFS server has a fixed IP address"',
    check: 'The preflight looks at the URL of the destination.',
    says: 'The export is on "<server>", a name: S1 wants a server with a fixed IP address. Name the address in the inventory, or be sure that the name will stand for it as long as the registry lives.',
    in: 'warning',
    test: { file: DTR_TEST, title: 'warns of a server that is named, and of no address' },
  },
  {
    id: 'example-with-missing-lines',
    ...SINCE_2_6,
    to: 'NFS',
    happens:
      'The example of `reconfigure` in S1 lacks two line continuations: pasted as it is, --storage-migrated is a command of its own, and every tag is erased.',
    source: 'S1 "Reconfigure MSR to use NFS" (dtr-msr.md §0.2)',
    check: 'The command is built word by word, and never pasted.',
    says: 'reconfigure --nfs-storage-url <url> --storage-migrated',
    in: 'plan',
    test: {
      file: COMMAND_TEST,
      title: 'names an export by its URL and options, and says that the content has moved',
    },
  },
  {
    id: 'options-alone',
    ...SINCE_2_6,
    to: 'NFS',
    happens: '--nfs-options and --async-nfs without --nfs-storage-url end the command with an error.',
    source: 'release notes of DTR 2.6.0; S1 "Reconfigure MSR to use NFS"',
    check:
      'They are given with the URL alone. The inventory takes one of options and async, which both say how to mount.',
    says: 'must have only one of options and async: name async among the options',
    in: 'failure',
    test: {
      file: 'worker/inventory/storage-schema.test.ts',
      title: 'takes one way to say how an export is mounted',
    },
  },
  {
    id: 'restore-to-an-export',
    ...SINCE_2_6,
    to: 'NFS',
    path: 'best-practice',
    happens:
      '`restore --nfs-storage-url` erases the tags that it has just loaded in 2.6.0 to 2.6.3; of later versions nobody says that it does not.',
    source: 'S1 "Local filesystem", Important; dtr-msr.md §2.5',
    unclear:
      'The note of 2.6.4 (ENGDTR-794) speaks of `reconfigure` alone. A volume is named in every version.',
    check:
      'A Docker volume of the export is made on the host of every replica, and `restore` is given its name.',
    says: '(on <host>) docker volume create -o <options> <volume>',
    in: 'plan',
    test: {
      file: 'test/registry/versions.test.ts',
      title: 'is restored on a volume of the export, made on the host of each replica',
    },
  },
  {
    id: 'default-is-not-the-export',
    ...SINCE_2_6,
    happens:
      '`restore --dtr-use-default-storage` of a registry that was on NFS or a named volume comes up on an empty volume.',
    source: 'dtr-msr.md §1.3, §2.5',
    check: 'A storage on hosts is always named to `restore`.',
    says: 'restore … --dtr-storage-volume <volume>',
    in: 'plan',
    test: {
      file: 'test/lab/dtr-backup-restore.test.ts',
      title: '"default storage" means the local volume for a cluster that had a named one',
    },
  },
  {
    id: 'leaving-nfs',
    ...EVERY,
    to: 'a volume or folder',
    happens:
      'Only `reconfigure --nfs-storage-url ""` is documented to leave NFS for the volume that a replica makes for itself.',
    source: 'S1 "To reconfigure MSR to stop using NFS storage"',
    unclear: 'S1 calls the option "blank"; that an empty value is meant is shown by its example.',
    check: 'It is what a move from an export to such a volume does; the plan shows it.',
    says: "reconfigure … --nfs-storage-url '' --storage-migrated",
    in: 'plan',
    test: { file: 'test/registry/versions.test.ts', title: 'leaves NFS by an empty URL, with every tag' },
  },
  {
    id: 'own-volumes-of-several',
    ...EVERY,
    happens: 'Each replica has a volume of its own, one of which was filled: the others serve nothing.',
    source: 'S1 "Configure your storage back end": several replicas need one storage',
    check: 'The preflight looks at the number of replicas and at the name of the volume.',
    says: 'The destination <destination> is the volume that one replica makes for itself, and there are several replicas: each would use its own, and only that one is filled. Name a storage that they share.',
    in: 'finding',
    test: { file: DTR_TEST, title: 'stops before a volume of its own where there are several replicas' },
  },
  {
    id: 'own-volume-of-nobody',
    ...EVERY,
    happens: '`--nfs-storage-url ""` leads each replica to its own volume, whatever volume was filled.',
    source: 'S1 "To reconfigure MSR to stop using NFS storage"',
    check: 'The preflight compares the name of the volume with the replicas.',
    says: 'The destination <destination> has the name of a volume that a replica makes for itself, and no replica of this registry makes it: leaving NFS would lead to another one. Name it otherwise.',
    in: 'finding',
    test: { file: DTR_TEST, title: 'stops before a volume of its own where there are several replicas' },
  },
  {
    id: 'leaving-what-is-not-nfs',
    ...EVERY,
    happens:
      'A registry that was told of its export by a volume is not on NFS by its own settings: `--nfs-storage-url ""` may change nothing.',
    source: 'S1 "To reconfigure MSR to stop using NFS storage"; nothing says what it does elsewhere',
    check: 'The preflight looks whether the settings of the registry name a server of NFS.',
    says: 'The registry is on a volume of the export <source>, and its settings name no server of NFS: that leaving NFS leads it from there to the volume of its replica is said nowhere. Name another destination, such as a volume of your own.',
    in: 'finding',
    test: { file: DTR_TEST, title: 'leaves by an empty URL only what the settings call NFS' },
  },
  {
    id: 'volume-of-one-node',
    ...EVERY,
    to: 'a volume or folder',
    happens:
      'A named volume that a node does not have comes into being there, empty, and the replica on it serves nothing.',
    source: '`--dtr-storage-volume` must exist with the same content on every node (dtr-msr.md §1.3)',
    check:
      'The preflight says it; every replica must serve an image of ours from the destination before pushes go on.',
    says: 'The volume "<volume>" must be there, with the same content, on the node of every replica: Docker makes an empty one where it is not. Each replica is asked for an image of ours before pushes are accepted again.',
    in: 'warning',
    test: { file: DTR_TEST, title: 'warns of a volume that every node must have' },
  },
  {
    id: 'two-names-of-a-volume',
    ...EVERY,
    happens:
      'The documents call the volume of an export dtr-nfs-registry-<id>; DTR calls it dtr-registry-nfs-<id>.',
    source: 'S1; transcripts of DTR 2.7.6 (dtr-msr.md §5.2)',
    unclear: 'Documents and transcripts differ; the transcripts show what is.',
    check: 'Both names are looked for when a volume is opened.',
    says: 'host <host> has no volume <name> or <other>',
    in: 'failure',
    test: {
      file: 'test/storage/host.test.ts',
      title: 'a volume is found under both spellings of its name, and a folder below it',
    },
  },
];
