// Where an operation waits for people. Every question has an id, and a decision counts only for the question that is
// open and for exactly the plan that was shown; it comes as an update (checked, with an answer) or as a plain signal (so
// that the UI and `temporal workflow signal` do), may come twice, and everything that was said stands in the audit trail.

import { condition, isCancellation } from '@temporalio/workflow';
import type { ApprovalPolicy } from '../../contracts/inventory.ts';
import { SIGNALS, UPDATES } from '../../contracts/names.ts';
import type { AuditEntry, DecideAnswer, Decision } from '../../contracts/operation.ts';
import { MAX_DURATION_MS } from '../../domain/duration.ts';
import { shortened } from '../../domain/text/plain-text.ts';
import type { AuditTrail } from './audit-trail.ts';
import { decisionOf, namesNobody, type Outcome, outcomeOf } from './decision.ts';
import { failure } from './failure.ts';
import { onSignal, onUpdate } from './handlers.ts';
import type { StatusBoard } from './status-board.ts';

const MAX_REASON_CHARACTERS = 500;

export type Verdict = 'approved' | 'rejected' | 'expired';

type Answer = DecideAnswer & { planDigest: string; choice: string | undefined };

/** `Topic`: what the procedure may ask; each topic has a policy. */
export type ApprovalGate<Topic extends string> = {
  /** Waits for a decision; `not required` by the policy counts as approved. */
  ask(topic: Topic, planDigest: string, text: string): Promise<Verdict>;
  /** As `ask`; anything but approval ends the operation with `ApprovalRejected` or `ApprovalExpired`. */
  require(topic: Topic, planDigest: string, text: string): Promise<void>;
  /** Waits for one of `choices`; the first where the policy asks nobody, `by` null then. null: nobody chose in time. */
  choose(
    topic: Topic,
    planDigest: string,
    text: string,
    choices: string[],
  ): Promise<{ choice: string; by: string | null } | null>;
  setPolicies(policies: Record<Topic, ApprovalPolicy>): void;
  /** Refused decisions that the audit trail counts and does not list. */
  readonly unlisted: readonly AuditEntry[];
};

export function createApprovalGate<Topic extends string>(
  board: StatusBoard,
  trail: AuditTrail,
): ApprovalGate<Topic> {
  const { status } = board;
  /** By the id of their question. */
  const answers = new Map<string, Answer>();
  const timesAsked = new Map<Topic, number>();
  let policies: Record<Topic, ApprovalPolicy> | undefined;

  /** The first question of a topic has its name, so that people can type it. */
  const newId = (topic: Topic): string => {
    const times = (timesAsked.get(topic) ?? 0) + 1;
    timesAsked.set(topic, times);
    return times === 1 ? topic : `${topic}#${times}`;
  };

  /** Why a decision cannot be taken, or undefined. */
  const objection = (decision: Decision, outcome: Outcome): string | undefined => {
    const { question, planDigest, by, choice } = decision;
    const open = status.waitingFor;
    const answered = answers.get(question);
    if (namesNobody(decision)) return 'The decision does not say by whom it is (`by`).';
    if (answered !== undefined) return `"${question}" was ${answered.outcome} by ${answered.by} already.`;
    if (open === null) return 'Nothing waits for a decision now.';
    if (question !== open.id)
      return `The decision is for question "${question}", but "${open.id}" is waited for.`;
    if (planDigest !== open.planDigest)
      return `The decision is for plan ${planDigest}, but the plan is ${open.planDigest}.`;
    const approvers = policies?.[open.topic as Topic].approvers ?? [];
    if (approvers.length > 0 && !approvers.includes(by))
      return `${by} may not decide on "${open.id}"; these may: ${approvers.join(', ')}.`;
    if (open.choices === undefined)
      return choice === undefined ? undefined : `"${open.id}" is a question of yes or no, without a choice.`;
    if (outcome === 'rejected' || choice === undefined || !open.choices.includes(choice))
      return `"${open.id}" asks which way to go: approve it with one of these as \`choice\`: ${open.choices.join(', ')}.`;
    return undefined;
  };

  /** What was decided already comes again, by whomever: it is answered with what stands, and is no objection. */
  const earlier = (
    { question, planDigest, choice }: Decision,
    outcome: Outcome,
  ): DecideAnswer | undefined => {
    const answer = answers.get(question);
    if (answer?.outcome !== outcome || answer.planDigest !== planDigest || answer.choice !== choice)
      return undefined;
    return { question, outcome, by: answer.by, at: answer.at };
  };

  const take = (decision: Decision, outcome: Outcome, channel: 'signal' | 'update'): DecideAnswer => {
    const { question, planDigest, by } = decision;
    const answer: DecideAnswer = { question, outcome, by, at: now() };
    trail.record({ ...decision, event: outcome, channel });
    answers.set(question, { ...answer, planDigest, choice: decision.choice });
    board.setWaitingFor(null);
    return answer;
  };

  const takeSignal = (outcome: Outcome) => (argument: unknown) => {
    const decision = decisionOf(argument);
    if (earlier(decision, outcome) !== undefined) return;
    const reason = objection(decision, outcome);
    if (reason === undefined) {
      take(decision, outcome, 'signal');
      return;
    }
    trail.record({
      ...decision,
      event: 'refused',
      channel: 'signal',
      reason: shortened(reason, MAX_REASON_CHARACTERS),
    });
    // Who signals gets no answer but what is shown.
    board.refresh();
  };
  onSignal(SIGNALS.approve, 'Approve the question that `status` says is waited for', takeSignal('approved'));
  onSignal(SIGNALS.reject, 'Reject the question that `status` says is waited for', takeSignal('rejected'));
  onUpdate(UPDATES.decide, 'Approve or reject, with an answer', {
    check(argument) {
      const outcome = outcomeOf(argument);
      if (outcome === undefined)
        throw failure('DecisionRefused', 'The decision is neither "approve" nor "reject".');
      const decision = decisionOf(argument);
      const reason = earlier(decision, outcome) === undefined ? objection(decision, outcome) : undefined;
      if (reason !== undefined) throw failure('DecisionRefused', shortened(reason, MAX_REASON_CHARACTERS));
    },
    take(argument) {
      const [decision, outcome] = [decisionOf(argument), outcomeOf(argument)!];
      return earlier(decision, outcome) ?? take(decision, outcome, 'update');
    },
  });

  /** undefined: nobody answered in time. */
  const answerTo = async (
    topic: Topic,
    planDigest: string,
    asked: { text: string; choices?: string[] },
  ): Promise<(Pick<Answer, 'outcome' | 'choice'> & { by: string | null }) | undefined> => {
    const policy = policies![topic];
    const id = newId(topic);
    if (!policy.required) {
      trail.record({ question: id, planDigest, event: 'not-required' });
      return { outcome: 'approved', choice: asked.choices?.[0], by: null };
    }
    const expiresInMs = Math.min(policy.expiresInMs, MAX_DURATION_MS);
    const until = new Date(Date.now() + expiresInMs).toISOString();
    trail.record({ question: id, planDigest, event: 'asked' });
    board.setWaitingFor({ id, topic, planDigest, until, ...asked });
    const answered = await condition(() => answers.has(id), expiresInMs)
      .catch((error: unknown) => {
        if (isCancellation(error)) trail.record({ question: id, planDigest, event: 'cancelled' });
        throw error;
      })
      .finally(() => board.setWaitingFor(null));
    if (answered) return answers.get(id)!;
    trail.record({ question: id, planDigest, event: 'expired' });
    return undefined;
  };

  const gate: ApprovalGate<Topic> = {
    unlisted: trail.unlisted,

    setPolicies(found) {
      policies = found;
    },

    async ask(topic, planDigest, text) {
      return (await answerTo(topic, planDigest, { text }))?.outcome ?? 'expired';
    },

    async choose(topic, planDigest, text, choices) {
      const answer = await answerTo(topic, planDigest, { text, choices });
      return answer === undefined ? null : { choice: answer.choice!, by: answer.by };
    },

    async require(topic, planDigest, text) {
      const verdict = await gate.ask(topic, planDigest, text);
      if (verdict === 'approved') return;
      // Later signals may stand behind it in the trail.
      const last = trail.last(verdict);
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

const now = (): string => new Date().toISOString();
