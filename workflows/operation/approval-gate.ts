// Where an operation waits for people. Every question has an id, and a decision counts only for the question that is
// open and for exactly the plan that was shown; it comes as an update (checked, with an answer) or as a plain signal (so
// that the UI and `temporal workflow signal` do), may come twice, and everything that was said stands in the audit trail.

import { condition, defineSignal, isCancellation, defineUpdate, setHandler } from '@temporalio/workflow';
import type { ApprovalPolicy } from '../../contracts/inventory.ts';
import { SIGNALS, UPDATES } from '../../contracts/names.ts';
import type { AuditEntry, DecideAnswer, DecideRequest, Decision } from '../../contracts/operation.ts';
import { failure } from './failure.ts';
import type { StatusBoard } from './status-board.ts';

const approveSignal = defineSignal<[Decision]>(SIGNALS.approve);
const rejectSignal = defineSignal<[Decision]>(SIGNALS.reject);
const decideUpdate = defineUpdate<DecideAnswer, [DecideRequest]>(UPDATES.decide);

/** Of each field of a decision. */
const MAX_TEXT_CHARACTERS = 1000;

export type Verdict = 'approved' | 'rejected' | 'expired';

type Answer = DecideAnswer & { choice?: string | undefined };

/** `Topic`: what the procedure may ask; each topic has a policy. */
export type ApprovalGate<Topic extends string> = {
  /** Waits for a decision; `not required` by the policy counts as approved. */
  ask(topic: Topic, planDigest: string, text: string): Promise<Verdict>;
  /** As `ask`; anything but approval ends the operation with `ApprovalRejected` or `ApprovalExpired`. */
  require(topic: Topic, planDigest: string, text: string): Promise<void>;
  /** Waits for one of `choices`; the first where the policy asks nobody. null: nobody chose in time. */
  choose(topic: Topic, planDigest: string, text: string, choices: string[]): Promise<string | null>;
  setPolicies(policies: Record<Topic, ApprovalPolicy>): void;
};

export function createApprovalGate<Topic extends string>(board: StatusBoard): ApprovalGate<Topic> {
  const { status } = board;
  /** By the id of their question. */
  const answers = new Map<string, Answer>();
  const timesAsked = new Map<Topic, number>();
  let policies: Record<Topic, ApprovalPolicy> | undefined;
  const record = (entry: Omit<AuditEntry, 'at'>): void => {
    status.audit.push({ at: now(), ...entry });
  };

  /** The first question of a topic has its name, so that people can type it. */
  const newId = (topic: Topic): string => {
    const times = (timesAsked.get(topic) ?? 0) + 1;
    timesAsked.set(topic, times);
    return times === 1 ? topic : `${topic}#${times}`;
  };

  /** Why a decision cannot be taken, or undefined. */
  const objection = (
    { question, planDigest, by, choice = '' }: Decision,
    outcome: DecideAnswer['outcome'],
  ): string | undefined => {
    const open = status.waitingFor;
    const answered = answers.get(question);
    if (by === '') return 'The decision does not say by whom it is (`by`).';
    if (answered !== undefined) return `"${question}" was ${answered.outcome} by ${answered.by} already.`;
    if (open === null) return 'Nothing waits for a decision now.';
    if (question !== open.id)
      return `The decision is for question "${question}", but "${open.id}" is waited for.`;
    if (planDigest !== open.planDigest)
      return `The decision is for plan ${planDigest}, but the plan is ${open.planDigest}.`;
    const approvers = policies?.[open.topic as Topic].approvers ?? [];
    if (approvers.length > 0 && !approvers.includes(by))
      return `${by} may not decide on "${open.id}"; these may: ${approvers.join(', ')}.`;
    const choices = open.choices ?? [];
    if (choices.length > 0 && (outcome === 'rejected' || !choices.includes(choice)))
      return `"${open.id}" asks which way to go: approve it with one of these as \`choice\`: ${choices.join(', ')}.`;
    if (choices.length === 0 && choice !== '')
      return `"${open.id}" is a question of yes or no, without a choice.`;
    return undefined;
  };

  /** The same decision on the same question again is answered with what stands; it is not an objection. */
  const earlier = ({ question, decision }: DecideRequest): DecideAnswer | undefined => {
    const answer = answers.get(question);
    return answer?.outcome === outcomeOf(decision) ? answer : undefined;
  };

  const take = (
    { question, planDigest, by, choice, comment }: Decision,
    outcome: DecideAnswer['outcome'],
    channel: 'signal' | 'update',
  ): DecideAnswer => {
    const answer: DecideAnswer = { question, outcome, by, at: now() };
    record({
      question,
      planDigest,
      by,
      event: outcome,
      channel,
      ...(choice && { choice }),
      ...(comment && { comment }),
    });
    answers.set(question, { ...answer, choice });
    board.setWaitingFor(null);
    return answer;
  };

  const onSignal = (outcome: DecideAnswer['outcome']) => (argument: unknown) => {
    const decision = asDecision(argument);
    const reason = objection(decision, outcome);
    if (reason === undefined) take(decision, outcome, 'signal');
    else record({ ...decision, event: 'refused', channel: 'signal', comment: reason });
  };
  setHandler(approveSignal, onSignal('approved'), {
    description: 'Approve the question that `status` says is waited for',
  });
  setHandler(rejectSignal, onSignal('rejected'), {
    description: 'Reject the question that `status` says is waited for',
  });
  setHandler(
    decideUpdate,
    (request) => earlier(request) ?? take(asDecision(request), outcomeOf(request.decision), 'update'),
    {
      description: 'Approve or reject, with an answer',
      validator: (request) => {
        if (request?.decision !== 'approve' && request?.decision !== 'reject')
          throw failure('DecisionRefused', 'The decision is neither "approve" nor "reject".');
        const reason =
          earlier(request) === undefined
            ? objection(asDecision(request), outcomeOf(request.decision))
            : undefined;
        if (reason !== undefined) throw failure('DecisionRefused', reason);
      },
    },
  );

  /** undefined: nobody answered in time. */
  const answerTo = async (
    topic: Topic,
    planDigest: string,
    asked: { text: string; choices?: string[] },
  ): Promise<Answer | undefined> => {
    const policy = policies![topic];
    const id = newId(topic);
    if (!policy.required) {
      record({ question: id, planDigest, event: 'not-required' });
      return { question: id, outcome: 'approved', by: '', at: now(), choice: asked.choices?.[0] };
    }
    const until = new Date(Date.now() + policy.expiresInMs).toISOString();
    record({ question: id, planDigest, event: 'asked' });
    board.setWaitingFor({ id, topic, planDigest, until, ...asked });
    const answered = await condition(() => answers.has(id), policy.expiresInMs)
      .catch((error: unknown) => {
        if (isCancellation(error)) record({ question: id, planDigest, event: 'cancelled' });
        throw error;
      })
      .finally(() => board.setWaitingFor(null));
    if (answered) return answers.get(id)!;
    record({ question: id, planDigest, event: 'expired' });
    return undefined;
  };

  const gate: ApprovalGate<Topic> = {
    setPolicies(found) {
      policies = found;
    },

    async ask(topic, planDigest, text) {
      return (await answerTo(topic, planDigest, { text }))?.outcome ?? 'expired';
    },

    async choose(topic, planDigest, text, choices) {
      const answer = await answerTo(topic, planDigest, { text, choices });
      return answer?.choice ?? null;
    },

    async require(topic, planDigest, text) {
      const verdict = await gate.ask(topic, planDigest, text);
      if (verdict === 'approved') return;
      // Later signals may stand behind it in the trail.
      const last = status.audit.findLast(({ event }) => event === verdict);
      if (verdict === 'rejected')
        throw failure(
          'ApprovalRejected',
          `${last?.by} rejected "${last?.question}"${last?.comment === undefined ? '.' : `: ${last.comment}`}`,
        );
      throw failure('ApprovalExpired', `Nobody decided on "${last?.question}" in time.`);
    },
  };
  return gate;
}

/** People may have sent anything: what is no text is empty, and refused as such. */
function asDecision(argument: unknown): Decision {
  const given = (argument ?? {}) as Record<string, unknown>;
  return {
    question: textOf(given['question']),
    planDigest: textOf(given['planDigest']),
    by: textOf(given['by']),
    ...(given['choice'] !== undefined && { choice: textOf(given['choice']) }),
    comment: textOf(given['comment']),
  };
}

/** What people write is short, and the trail goes through status, report and history. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, MAX_TEXT_CHARACTERS) : '';

const outcomeOf = (decision: 'approve' | 'reject'): DecideAnswer['outcome'] =>
  decision === 'approve' ? 'approved' : 'rejected';

const now = (): string => new Date().toISOString();
