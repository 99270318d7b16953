// What everything that runs for people has in common: how it is named, what it shows, what it asks, what can be said to
// it. A procedure adds its input, its result and its details. JSON all of it, small, and never with a secret: these
// shapes stand in Temporal's history.

/** The procedures that run as operations. */
export type OperationKind = 'migration' | 'backup' | 'verification' | 'restore';

/** What an operation works on. Two operations on one subject exclude each other: the subject is the workflow id. */
/** `sets`: the backups of the registry of that name. */
export type Subject = { kind: 'registry' | 'sets'; name: string };

/** What a restore asks. `restore`: the plan. `recovery`: something failed when the registry was no longer what it had been. */
export type RestoreTopic = 'restore' | 'recovery';

export type Phase =
  | 'preflight'
  | 'planning'
  | 'waiting-for-approval'
  | 'preparing'
  | 'copying'
  | 'window'
  | 'verifying'
  | 'cleaning-up'
  | 'undoing'
  | 'done'
  | 'failed';

/** As the search attribute has it. */
export type ShownPhase = Phase | 'paused';

/** Known by its `id`; the number is for display, and null outside the plan. */
export type Step = { id: string; number: number | null; title: string };

/** Something that waits for people. */
export type Question = {
  /** The topic, and from its second question on with a number, e.g. `damaged-blobs#2`. A decision names it. */
  id: string;
  /** What it is about: the key of its policy under `approvals` in the inventory. */
  topic: string;
  /** Digest of what was shown: the plan, or the list that is to be accepted. A decision names it, too. */
  planDigest: string;
  until: string;
  text: string;
  /** A decision names one of them as its `choice`; absent: it is a question of yes or no. */
  choices?: string[];
};

/** Argument of the signals `approve` and `reject`. */
export type Decision = {
  /** The id that `status` shows under `waitingFor`. */
  question: string;
  /** The digest that `status` shows under `waitingFor`. */
  planDigest: string;
  /** Who decides, e.g. an e-mail address. */
  by: string;
  /** One of the question's `choices`, where it has some. */
  choice?: string;
  comment?: string;
};

/** Argument of the update `decide`. */
export type DecideRequest = Decision & { decision: 'approve' | 'reject' };
/** Answer of the update `decide`. `outcome` is what stands now, also when the same decision came before. */
export type DecideAnswer = { question: string; outcome: 'approved' | 'rejected'; by: string; at: string };

/** Argument of the signals and updates `pause` and `resume`. */
export type PauseRequest = {
  /** Who asks for it, e.g. an e-mail address. */
  by: string;
  reason?: string;
};
/** Answer of the updates `pause` and `resume`: what stands now, also when the same came before. */
export type PauseAnswer = { paused: Pause | null };

export type Pause = {
  by: string;
  at: string;
  reason?: string;
  /** It stands between two steps. Until then the step in hand goes on; of a `child` its `progress` says more. */
  holds: boolean;
};

/** What a workflow finds in the place of an argument that cannot be decoded. */
export type Unreadable = { unreadable: string };

/**
 * One line of the audit trail of approvals. What people sent is shown in one line, shortened, and with nothing hidden in
 * it. Of refused decisions the first stand there, and in the end one line that counts the others, which the journal has
 * beside the report; Temporal's history has every one of them as it came.
 */
export type AuditEntry = {
  at: string;
  question: string;
  planDigest: string;
  event:
    | 'asked'
    | 'approved'
    | 'rejected'
    | 'expired'
    | 'refused'
    | 'not-required'
    | 'cancelled'
    /** These two are about no question: `question` is empty. */
    | 'paused'
    | 'resumed';
  by?: string;
  channel?: 'signal' | 'update';
  choice?: string;
  /** The person's own. */
  comment?: string;
  /** Why it was refused. */
  reason?: string;
};

export type Progress = {
  objects: { done: number; total: number };
  bytes: { done: number; total: number };
  /** Work lists that are copied at this moment; absent where nothing is copied by lists. */
  inHand?: number;
};

/** Answer of the query `plan`: what people approve, as Markdown; null: there is none yet. */
export type ShownPlan = { digest: string; text: string } | null;

/** Answer of the query `status`. */
export type OperationStatus<Details = unknown> = {
  kind: OperationKind;
  subject: Subject;
  /** What it does, in one line, e.g. `prod → s3-prod (read-only)`. */
  title: string;
  phase: Phase;
  step: Step;
  planDigest: string | null;
  waitingFor: Question | null;
  /** Absent where an earlier build answers. */
  paused?: Pause | null;
  /** What is copied now or was copied last, e.g. `pass 3`; null: nothing yet. */
  progressOf: string | null;
  progress: Progress;
  /** Workflow id of the child that works now; its query `progress` tells more than `progress` here. */
  child: string | null;
  window: {
    openedAt: string | null;
    closedAt: string | null;
    budgetMs: number;
    /** Replicas of which it is not known whether they take pushes again, and why: dead ones are not waited for. */
    unproved?: string[];
  };
  audit: AuditEntry[];
  /** Why the way out of a dangerous state does not succeed yet; it is tried again until it does. */
  problem: string | null;
  /** Storage key of the report in the journal when it is written. */
  report: string | null;
  /** Where that is, for people: a path, or a key and its storage. */
  reportPlace?: string;
  /** What only this kind of operation shows. */
  details: Details;
};
