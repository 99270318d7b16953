// What an operation shows while it runs: the answer of the query `status`, the current details and the search
// attributes of the Temporal UI. One state, so that they never tell different stories.

import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { operationWorkflowId, QUERIES, SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import type {
  OperationStatus,
  Pause,
  Phase,
  ShownPhase,
  ShownPlan,
  Step,
} from '../../contracts/operation.ts';
import { formatBytes } from '../../domain/bytes.ts';
import { escapeProse, protectLine } from '../../domain/text/markdown-text.ts';
import { oneLine, shortened } from '../../domain/text/plain-text.ts';
import { onQuery } from './handlers.ts';

/** Temporal ends a workflow whose search attribute is too long; names of the inventory are shorter than this. */
const MAX_KEYWORD_CHARACTERS = 100;
const MAX_TITLE_CHARACTERS = 300;
/** Of each text in the current details, all of which have 20 000. */
const MAX_TEXT_CHARACTERS = 2000;

const { operation, subject, phase, needsApproval } = SEARCH_ATTRIBUTES;
const operationKey = defineSearchAttributeKey(operation.name, operation.type);
const subjectKey = defineSearchAttributeKey(subject.name, subject.type);
const phaseKey = defineSearchAttributeKey(phase.name, phase.type);
const needsApprovalKey = defineSearchAttributeKey(needsApproval.name, needsApproval.type);

export type StatusBoard<Details = unknown> = {
  readonly status: OperationStatus<Details>;
  /** A new phase and, if there is one, a new step; both are seen at once. */
  enter(phase: Phase, step?: Step): void;
  setWaitingFor(question: OperationStatus['waitingFor']): void;
  setPaused(pause: Pause | null): void;
  /** What people are going to approve. */
  setPlan(plan: { digest: string; text: string }): void;
  /** Something that may go wrong while other things do; `status.problem` tells all that is wrong now. */
  openProblem(): Problem;
  /** After any other change of `status`. */
  refresh(): void;
};

export type Problem = { is(this: void, text: string): void; end(this: void): void };

/** A step that stands in no plan. */
export const unnumbered = (id: string, title: string): Step => ({ id, number: null, title });

export function createStatusBoard<Details>(
  shown: Pick<OperationStatus<Details>, 'kind' | 'subject' | 'title' | 'details'>,
): StatusBoard<Details> {
  const { kind, name } = shown.subject;
  const status: OperationStatus<Details> = {
    ...shown,
    // Of an input that nobody has checked yet.
    subject: { kind, name: keyword(name) },
    title: shortened(oneLine(shown.title), MAX_TITLE_CHARACTERS),
    phase: 'preflight',
    step: unnumbered('check-input', 'Check the input'),
    planDigest: null,
    waitingFor: null,
    paused: null,
    progressOf: null,
    progress: { objects: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } },
    child: null,
    window: { openedAt: null, closedAt: null, budgetMs: 0 },
    audit: [],
    problem: null,
    report: null,
  };
  onQuery(QUERIES.status, 'Phase, what is waited for, progress, window and approvals', () => status);
  upsertSearchAttributes([
    { key: operationKey, value: status.kind },
    { key: subjectKey, value: keyword(operationWorkflowId(status.subject)) },
    { key: phaseKey, value: status.phase },
    { key: needsApprovalKey, value: false },
  ]);

  let plan: ShownPlan = null;
  onQuery(QUERIES.plan, 'The plan that people approve, as Markdown, with its digest', () => plan);

  let phaseShown: ShownPhase = status.phase;
  const showPhase = (): void => {
    const now = status.paused ? 'paused' : status.phase;
    if (now !== phaseShown) upsertSearchAttributes([{ key: phaseKey, value: now }]);
    phaseShown = now;
  };

  const refresh = (): void => setCurrentDetails(describe(status));
  const problems = new Map<symbol, string>();
  const showProblems = (): void => {
    status.problem = problems.size === 0 ? null : [...problems.values()].join('; ');
    refresh();
  };
  return {
    status,
    refresh,
    setPlan({ digest, text }) {
      plan = { digest, text };
      status.planDigest = digest;
    },
    openProblem() {
      const id = Symbol('problem');
      return {
        is(text) {
          problems.set(id, text);
          showProblems();
        },
        end() {
          if (problems.delete(id)) showProblems();
        },
      };
    },
    enter(phase, step = status.step) {
      status.phase = phase;
      showPhase();
      status.step = step;
      refresh();
    },
    setPaused(pause) {
      status.paused = pause;
      showPhase();
      refresh();
    },
    setWaitingFor(question) {
      status.waitingFor = question;
      upsertSearchAttributes([{ key: needsApprovalKey, value: question !== null }]);
      refresh();
    },
  };
}

const keyword = (text: string): string => shortened(oneLine(text), MAX_KEYWORD_CHARACTERS);

/** Markdown for the Temporal UI. Names, answers of servers and what people wrote are in it, and none of it is markup. */
function describe({ step, waitingFor, paused, progress, window, ...status }: OperationStatus): string {
  const { objects, bytes } = progress;
  const lines = [
    `**${status.phase}** — ${step.number === null ? '' : `${step.number}. `}${plain(step.title)}`,
    '',
    ownLine(status.title),
  ];
  if (paused) {
    const { by, at, reason, holds } = paused;
    lines.push(
      '',
      `**Paused** since ${at} by ${plain(by)}${reason === undefined ? '' : `: ${plain(reason)}`}${holds ? '' : '; what runs now is finished first'}`,
    );
  }
  if (waitingFor !== null)
    lines.push(
      '',
      `**Waits for a decision on \`${waitingFor.id}\`** until ${waitingFor.until}:`,
      '',
      ownLine(waitingFor.text),
      '',
      ...(waitingFor.choices === undefined
        ? []
        : [`choices: ${waitingFor.choices.map((choice) => `\`${choice}\``).join(', ')}`, '']),
      `plan \`${waitingFor.planDigest}\`${waitingFor.planDigest === status.planDigest ? '; the query `plan` answers with all of it' : ''}`,
    );
  if (status.child !== null)
    lines.push('', `${ownLine(status.child)} works now, and shows its progress there`);
  else if (status.progressOf !== null)
    lines.push(
      '',
      `${status.progressOf}: ${objects.done} of ${objects.total} objects, ${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`,
    );
  if (window.openedAt !== null)
    lines.push(
      '',
      `Read-only since ${window.openedAt}${window.closedAt === null ? '' : ` until ${window.closedAt}`}`,
    );
  if (status.problem !== null) lines.push('', `**Trouble, tried again:** ${plain(status.problem)}`);
  const refused = status.audit.findLast(({ event }) => event === 'refused');
  if (refused !== undefined) lines.push('', `Refused last, at ${refused.at}: ${plain(refused.reason ?? '')}`);
  if (status.report !== null)
    lines.push('', `Report: ${plain(status.reportPlace ?? `${status.report} in the journal`)}`);
  return lines.join('\n');
}

const ownLine = (text: string): string => protectLine(plain(text));
const plain = (text: string): string => escapeProse(shortened(text, MAX_TEXT_CHARACTERS));
