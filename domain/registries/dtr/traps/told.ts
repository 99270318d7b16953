// Traps in what DTR is told and what it says: names, versions, settings, states (dtr-msr.md §0.2, §1.1, §3, §4, §5).

import type { Trap } from './trap.ts';

const EVERY = { from: [2, 5, 0], below: null } as const;
const ONLINE = { from: [2, 6, 0], below: null } as const;
const RECIPES_TEST = 'domain/registries/dtr/recipes.test.ts';

export const TOLD: Trap[] = [
  {
    id: 'one-digit-of-the-patch',
    ...EVERY,
    happens:
      "The documents' command reads one digit of the patch: 2.6.13 is taken for 2.6.1, with other flags and without a promise.",
    source: 'chained backup command of the reference (dtr-msr.md §0.2)',
    check: 'The registry is asked, all digits count, and an archive of another version is refused.',
    says: 'it was made by version <other>, the registry runs <version>',
    in: 'failure',
    test: { file: RECIPES_TEST, title: 'takes all digits of a patch' },
  },
  {
    id: 'other-image',
    ...EVERY,
    happens:
      'S1 names mirantis/dtr for versions that were docker/dtr, and 2.10 has moved again: the image is not found.',
    source: 'references of 2.5 to 2.10 (dtr-msr.md §1.1)',
    check: 'The line of the version has its image; `bootstrapImage` of the inventory names another one.',
    says: 'docker run … <image>:<version> …',
    in: 'plan',
    test: { file: RECIPES_TEST, title: 'knows who published which bootstrapper' },
  },
  {
    id: 'flag-that-never-was',
    ...EVERY,
    happens: 'S4 has --ucp-ca-cert-path, which no version knows: the command ends with an error.',
    source: 'references of 2.5 to 2.7 (dtr-msr.md §0.2)',
    check: 'The certificate goes as text in --ucp-ca.',
    says: '--ucp-ca "$(cat ucp-ca.pem)"',
    in: 'plan',
    test: {
      file: 'domain/registries/dtr/bootstrapper-command.test.ts',
      title: 'skips the verification of UCP only where the inventory says so',
    },
  },
  {
    id: 'read-only-comes-late',
    ...ONLINE,
    happens: 'readOnlyRegistry is answered by 202: replicas follow later, and a push in between is lost.',
    source: 'S0 "Alternative option", step 1; dtr-msr.md §3.5',
    check: 'A push is tried on every replica, and each must refuse it.',
    says: 'prove it by a push that must be refused on <replicas>',
    in: 'plan',
    test: { file: 'test/registry/dtr.test.ts', title: 'one replica that still accepts pushes is named' },
  },
  {
    id: 'writers-past-read-only',
    ...ONLINE,
    happens:
      'Mirroring, pruning and garbage collection write while the registry is read-only; S0 turns off only the last.',
    source: 'S0 step 1; actions of jobs (dtr-msr.md §3.3, §4)',
    check:
      'Every schedule that is not known to be harmless is paused, what runs is waited for, and the tags are compared before the switch.',
    says: 'DELETE /api/v0/crons of <actions>: whatever collects, mirrors into the registry or prunes',
    in: 'plan',
    test: {
      file: 'test/registry/dtr.test.ts',
      title: 'pruning and mirroring write past read-only mode, and stand still with the collection',
    },
  },
  {
    id: 'two-spellings-of-states',
    ...EVERY,
    happens: 'A job that has failed is waited for without end, or one that runs is taken for ended.',
    source: 'API of 2.7 and its page on the job queue (dtr-msr.md §3.3)',
    unclear:
      'The two official sources spell the states differently, for one and the same version. Both are understood.',
    check: 'Every state of either source is known as open, ended or failed; any other is waited for.',
    says: 'Task <action> (<id>) ended as "<state>".',
    in: 'failure',
    test: {
      file: 'activities/registry/dtr/tasks.test.ts',
      title: 'both spellings of task states are understood',
    },
  },
  {
    id: 'masks-sent-back',
    from: [2, 6, 6],
    below: null,
    to: 'a cloud storage',
    happens:
      'What GET admin/settings/registry shows of secrets may be a mask: sent back with PUT it is the password.',
    source: 'release notes of DTR 2.4.1; nothing public says what GET answers (dtr-msr.md §3.6)',
    unclear: 'Whether it masks is said nowhere. No secret of an answer is ever sent back.',
    check:
      'The section is built from the inventory; of the answer only what is no driver is kept, without masks.',
    says: 'PUT /api/v0/admin/settings/registry with keep_metadata: true → <destination>',
    in: 'plan',
    test: {
      file: 'activities/registry/dtr/storage-section.test.ts',
      title: 'a mask is never sent as a value',
    },
  },
  {
    id: 'keys-without-digest',
    ...ONLINE,
    happens:
      'New blobs lie under blobs/id/<xx>/<id>/data: nothing in the storage says what their bytes have to be.',
    source: 'public tools that read the layout (dtr-msr.md §5.4)',
    check:
      'They are hashed on the way and held to that hash; an image of ours is found by its bytes and pulled from the new storage.',
    says: 'every object is proved by its SHA-256',
    in: 'plan',
    test: {
      file: 'test/registry/odd-dtr.test.ts',
      title:
        'what is new lies under ids: a canary is found by its bytes, and a blob that was cut off is missed',
    },
  },
];
