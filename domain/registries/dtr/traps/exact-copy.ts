// Traps of MSR 2.9 and 2.10, which keep their metadata on a switch and want an exact copy (S1, note "Starting with MSR 2.9.0").

import type { Trap } from './trap.ts';

const SINCE = { from: [2, 9, 0], below: null } as const;
const BY_HAND = 'test/lab/dtr-versions.test.ts';

export const EXACT_COPY: Trap[] = [
  {
    id: 'no-exact-copy',
    ...SINCE,
    happens: 'The tags stay, and what the new storage does not hold cannot be pulled.',
    source: 'S1, note "Starting with MSR 2.9.0"; MSR 2.9 "Migrate to a new storage backend"',
    check:
      'Every object is copied under its key and proved by its SHA-256, what the source no longer has is removed, and every blob of every tag must lie there before the switch.',
    says: 'This version keeps its tags and wants an exact copy of the old storage (S1): the one that these steps make and prove. One blob for each replica differs until it is proved, and is then put right: the configuration of an image of ours in <canary>.',
    in: 'warning',
    test: { file: BY_HAND, title: 'MSR %s keeps its tags, and serves what was copied alone' },
  },
  {
    id: 'reinitialize',
    ...SINCE,
    happens: '`reconfigure --reinitialize-storage` starts a new metadata store: every tag is erased.',
    source: 'S1, note "Starting with MSR 2.9.0"',
    check:
      'No command that Transship builds can hold it, and no variable of the bootstrapper but the password is set.',
    says: 'the tags stay, and the new storage must be an exact copy; --reinitialize-storage is never given',
    in: 'plan',
    test: { file: BY_HAND, title: 'erases every tag by %s of %s' },
  },
  {
    id: 'flag-that-may-be-gone',
    from: [2, 9, 0],
    below: [2, 11, 0],
    happens:
      'A flag that a version does not know ends `reconfigure` with an error in the middle of the window; left out where it is still needed, every tag is erased.',
    source: 'MSR 2.9 and 2.10 "Deploy MSR on NFS"; S1, note "Starting with MSR 2.9.0"',
    unclear:
      'The page on NFS still gives --storage-migrated and calls a switch "initializing a new metadata store", the note says that it is not. The table of flags is not settled by any public page that was found.',
    check:
      '`reconfigure --help` of the bootstrapper is asked before the plan and again before the switch; the plan shows the command that follows.',
    says: 'What `reconfigure` of <version> knows could not be learnt: <problem>. Nobody knows without it what keeps the tags. See what `docker run --rm <image> reconfigure --help` says on the host that runs it, mend that, and start again.',
    in: 'refusal',
    test: {
      file: 'domain/registries/dtr/recipes.test.ts',
      title: 'lets the help of the bootstrapper decide: %s %j',
    },
  },
  {
    id: 'prior-configuration-is-empty',
    from: [2, 9, 0],
    below: [2, 11, 0],
    to: 'a cloud storage',
    path: 'best-practice',
    happens:
      'A restore cannot name a cloud storage, so it comes up on an empty volume. The cloud storage is no exact copy of that, and what MSR does then is said nowhere.',
    source:
      'S1, note "Starting with MSR 2.9.0"; no flag of `restore` names a cloud storage (dtr-msr.md §0.2)',
    unclear: 'S1 has "restore and specify your new storage backend", and `restore` has no way to do so.',
    check:
      'No recipe for this path unless the registry is on a cloud storage already, with which it comes up.',
    says: 'MSR 2.9 and later can only be restored on an empty volume and be switched to a cloud storage then, which would be no exact copy of that volume; what happens is said nowhere. Take the read-only path.',
    in: 'refusal',
    test: { file: 'domain/registries/dtr/recipes.test.ts', title: 'refuses %s and says what to do' },
  },
];
