// The one table of failure types. Everything that Transship reports as an error is a row here: its type is the
// `type` of the Temporal ApplicationFailure, its advice is what the operator can do. docs/reference/failures.md
// is generated from it.

export type FailureRow = {
  /** May the same step succeed when it is simply run again? Decides whether Temporal retries it. */
  retryable: boolean;
  /** What happened, as a sentence for the docs. */
  meaning: string;
  /** What the operator can do. */
  advice: string;
};

export const FAILURES = {
  InvalidInput: {
    retryable: false,
    meaning: 'The input of a workflow or command, or the inventory, is wrong. Every mistake is listed.',
    advice: 'Mend each listed mistake and start again. Nothing was changed.',
  },
  UnsupportedVersion: {
    retryable: false,
    meaning: 'No safe recipe is known for this version of the registry and this destination.',
    advice:
      'Follow the alternative that the message names, e.g. another path or an upgrade, and start again.',
  },
  PreflightFailed: {
    retryable: false,
    meaning: 'A check before the plan found something that would make the migration fail or lose data.',
    advice: 'Mend each finding that the message lists and start again. Nothing was changed.',
  },
  DestinationNotEmpty: {
    retryable: false,
    meaning:
      'The destination holds objects that neither the registry nor an earlier run of this migration put there.',
    advice: 'Empty the destination, or name another one. Transship never overwrites what it does not know.',
  },
  UnsafeKey: {
    retryable: false,
    meaning:
      'A storage holds an object whose name no registry gives: it leads to another place, is no UTF-8, or is kept for our own files.',
    advice:
      'Nothing was done with it. Find out who writes to the storage, remove or rename the object that the message names, and start again.',
  },
  DestinationClaimed: {
    retryable: false,
    meaning:
      'Another operation may write to the destination, or the one that asks may not: it has no claim of it, or has one no more.',
    advice:
      'Wait until the operation that the message names has ended, or end it. If it has ended without a word (its workflow was terminated, its process killed), remove the file of the journal that the message names, and start again.',
  },
  ApprovalRejected: {
    retryable: false,
    meaning: 'A person rejected a step.',
    advice: 'Nothing further was done and what was begun was undone. Start again when the plan is right.',
  },
  ApprovalExpired: {
    retryable: false,
    meaning: 'Nobody decided in time.',
    advice: 'Start again, or allow more time in the approval policy of the inventory.',
  },
  DecisionRefused: {
    retryable: false,
    meaning: 'A decision did not fit: another step, another plan, or a person who may not decide.',
    advice: 'Query `status`, read what is waited for, and send the decision with that step and plan digest.',
  },
  PauseRefused: {
    retryable: false,
    meaning: 'An operation is not held now: the registry refuses pushes, it is ending, or nobody is named.',
    advice:
      'Read why. In the window cancel it, or wait: it may be paused again when the registry accepts pushes.',
  },
  DamagedBlob: {
    retryable: false,
    meaning: 'An object of the source does not have the bytes that its digest names.',
    advice: 'Read the report; restore or push the image again, or accept the damage by approving the step.',
  },
  IntegrityMismatch: {
    retryable: true,
    meaning: 'The destination has other bytes than were sent.',
    advice: 'Look for a proxy, a disk or a memory that damages data on the way.',
  },
  SourceUnstable: {
    retryable: false,
    meaning: 'The source lost objects, or the registry changed, where nothing should have changed.',
    advice:
      'Look whether the source is still mounted and who changed the registry. Everything was undone; start again.',
  },
  NoProgress: {
    retryable: false,
    meaning: 'Passes of copying do not get closer to the end, so the final delta will not fit the window.',
    advice: 'Give the window a larger budget, add bandwidth, or choose a quieter time.',
  },
  WindowBudgetSpent: {
    retryable: false,
    meaning: 'The maintenance window used up its time before the point of no return.',
    advice:
      'Everything was undone and the registry accepts pushes again. Give it more time or a quieter hour.',
  },
  ReadOnlyNotEnforced: {
    retryable: true,
    meaning: 'A replica still accepted a push although the registry was set read-only.',
    advice: 'Look at the named replica: does it show the setting, and does a push to it go past a proxy?',
  },
  RegistryUnhealthy: {
    retryable: true,
    meaning: 'The registry, or a majority of its replicas, does not answer as a healthy one.',
    advice: 'Look at the named replicas, and at what lies between them and the worker.',
  },
  RegistryRefused: {
    retryable: false,
    meaning: 'The registry understood a request and refused it.',
    advice: 'Read the code and message of the registry in the failure.',
  },
  NotProved: {
    retryable: false,
    meaning:
      'Before the point of no return a check found that the new storage, or the backup, lacks something.',
    advice:
      'Everything was undone. Read the list that the message names: what it lists is in the registry and not where it must be.',
  },
  WrongStorage: {
    retryable: true,
    meaning:
      'A registry says that it uses, or a replica serves from, another storage than it was switched to.',
    advice:
      'Do not remove either storage. Look at the storage settings of the named replicas; they may need a restart.',
  },
  LeftReadOnly: {
    retryable: false,
    meaning:
      'A person decided that the migration ends and the registry stays read-only, to be mended by hand.',
    advice:
      'Read the report: it says where the registry is, what is missing and where the backup lies. Set read-only off and garbage collection back by hand when all is well.',
  },
  InventoryChanged: {
    retryable: false,
    meaning: 'A worker has another inventory than the plan was made from: a name means another place there.',
    advice:
      'Give every worker the inventory of the plan again, or cancel and start anew. The message names the entry.',
  },
  VerificationFailed: {
    retryable: false,
    meaning: 'After the switch an image of before was missing or different.',
    advice: 'Read the report: it names every image that is missing, what was undone, and what was left.',
  },
  RegistryTaskFailed: {
    retryable: false,
    meaning: 'A task of the registry ended in failure.',
    advice: 'Read its log in the registry under System > Job Logs.',
  },
  CommandFailed: {
    retryable: false,
    meaning: 'A command on a host ended with a non-zero status.',
    advice: 'Read the end of its output in the failure; all of it is kept on the host.',
  },
  BackupInvalid: {
    retryable: false,
    meaning: 'A metadata backup is truncated, of another version, or lacks tables.',
    advice: 'Do not restore from it. Take another one.',
  },
  KeyRefused: {
    retryable: false,
    meaning:
      'A backup cannot be decrypted or encrypted with the keys of its repository: another passphrase, made for others, or no key at all.',
    advice:
      'Give every worker the passphrase or the secret key that the repository had when the backup was made.',
  },
  UnknownFormat: {
    retryable: false,
    meaning: 'A repository of backups, or a set in it, is of a newer version of Transship, or is none.',
    advice: 'Read it with the version of Transship that wrote it, or a newer one. Nothing was changed.',
  },
  ProgramMissing: {
    retryable: true,
    meaning: 'A program that Transship runs is not on this worker.',
    advice: 'Install it on every worker: `gpg` is in the package `gnupg`.',
  },
  SetInvalid: {
    retryable: false,
    meaning:
      'A backup set is incomplete, altered, of another repository, registry or key, or of a format that this version does not know.',
    advice:
      'Do not restore from it. The list that the message names has every file and key with the reason. Keep an older set, and take a new one.',
  },
  AccessDenied: {
    retryable: false,
    meaning: 'A server refused our credentials or an action that is needed.',
    advice: 'Grant the named action or mend the secret that the inventory refers to, then start again.',
  },
  SecretUnavailable: {
    retryable: true,
    meaning: 'A secret that the inventory refers to cannot be read on this worker, or has expired.',
    advice: 'Set the variable, file or command on every worker; give temporary keys anew before they end.',
  },
  StorageUnavailable: {
    retryable: true,
    meaning: 'A storage does not answer, or answers with a server error.',
    advice: 'Look at the storage and the way to it; what was copied is not copied again.',
  },
  StorageMismatch: {
    retryable: true,
    meaning:
      'A storage, or the way to it, is not what the inventory says: there is no such bucket, container, directory or server, it is in another region, or its certificate is not trusted.',
    advice:
      'Mend the entry of the inventory, or the storage: make the bucket, mount the directory, name the CA. Before a plan this is said at once; in a pass it is tried again, because a mount may come back.',
  },
  JournalDamaged: {
    retryable: false,
    meaning:
      'A file of the journal was cut off, was changed, or is of something else or of a newer version of Transship.',
    advice:
      'The message names the file. Put it back from a copy of the journal, and find out who else writes there.',
  },
  HostUnreachable: {
    retryable: true,
    meaning: 'An SSH host does not answer or the connection broke.',
    advice: 'Look at the host, its SSH server and the network.',
  },
  HostKeyMismatch: {
    retryable: false,
    meaning: 'An SSH host showed another key than the inventory pins.',
    advice: 'Find out why. If the host was rebuilt, put its new key into the inventory.',
  },
  Unexpected: {
    retryable: false,
    meaning:
      'A workflow met what it was not made for: a mistake in Transship, or an answer that somebody else gave for an activity.',
    advice:
      'What was begun was undone. Keep the history (`temporal workflow show --workflow-id ID --output json`) and report it.',
  },
} as const satisfies Record<string, FailureRow>;

export type FailureType = keyof typeof FAILURES;
