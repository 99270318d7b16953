// Where a migration waits for people. A decision counts only for the step that is open and for exactly the plan that
// was shown; it comes as an update (checked, with an answer) or as a plain signal (so that the UI and `temporal
// workflow signal` do), may come twice, and everything that was said stands in the audit trail.

import { condition, defineSignal, isCancellation, defineUpdate, setHandler } from '@temporalio/workflow';
import type { ApprovalPolicy, ApprovalStep } from '../../contracts/inventory.ts';
import type { AuditEntry, DecideAnswer, DecideRequest, Decision } from '../../contracts/migration.ts';
import { SIGNALS, UPDATES } from '../../contracts/names.ts';
import { failure } from './failure.ts';
import type { StatusBoard } from './status-board.ts';

const approveSignal = defineSignal<[Decision]>(SIGNALS.approve);
const rejectSignal = defineSignal<[Decision]>(SIGNALS.reject);
const decideUpdate = defineUpdate<DecideAnswer, [DecideRequest]>(UPDATES.decide);

export type Verdict = 'approved' | 'rejected' | 'expired';

export type ApprovalGate = {
  /** Waits for a decision; `not required` by the policy counts as approved. */
  ask(step: ApprovalStep, planDigest: string, question: string): Promise<Verdict>;
  /** As `ask`; anything but approval ends the migration with `ApprovalRejected` or `ApprovalExpired`. */
  require(step: ApprovalStep, planDigest: string, question: string): Promise<void>;
  setPolicies(policies: Record<ApprovalStep, ApprovalPolicy>): void;
};

export function createApprovalGate(board: StatusBoard): ApprovalGate {
  const decided: DecideAnswer[] = [];
  let policies: Record<ApprovalStep, ApprovalPolicy> | undefined;
  const record = (entry: Omit<AuditEntry, 'at'>): void => {
    board.status.audit.push({ at: now(), ...entry });
  };

  /** Why a decision cannot be taken, or undefined. */
  const objection = (decision: Decision): string | undefined => {
    const open = board.status.waitingFor;
    if (typeof decision?.by !== 'string' || decision.by === '')
      return 'The decision does not say by whom it is (`by`).';
    if (open === null) return 'Nothing waits for a decision now.';
    if (decision.step !== open.step)
      return `The decision is for step "${decision.step}", but "${open.step}" is waited for.`;
    if (decision.planDigest !== open.planDigest)
      return `The decision is for plan ${decision.planDigest}, but the plan is ${open.planDigest}.`;
    const approvers = policies?.[open.step].approvers ?? [];
    if (approvers.length > 0 && !approvers.includes(decision.by))
      return `${decision.by} may not decide on "${open.step}"; these may: ${approvers.join(', ')}.`;
    return undefined;
  };

  /** The same decision again is answered with what stands; it is not an objection. */
  const earlier = (request: DecideRequest): DecideAnswer | undefined =>
    decided.find(
      (answer) =>
        answer.step === request?.step &&
        request.planDigest === board.status.planDigest &&
        answer.outcome === outcomeOf(request.decision),
    );

  const take = (
    decision: Decision,
    outcome: DecideAnswer['outcome'],
    channel: 'signal' | 'update',
  ): DecideAnswer => {
    const { step, planDigest, by, comment } = decision;
    const answer: DecideAnswer = { step, outcome, by, at: now() };
    record({ step, planDigest, by, event: outcome, channel, ...(comment === undefined ? {} : { comment }) });
    decided.push(answer);
    board.setWaitingFor(null);
    return answer;
  };

  const onSignal = (outcome: DecideAnswer['outcome']) => (decision: Decision) => {
    const reason = objection(decision);
    if (reason === undefined) take(decision, outcome, 'signal');
    else
      record({
        step: decision?.step,
        planDigest: decision?.planDigest ?? '',
        by: decision?.by ?? '',
        event: 'refused',
        channel: 'signal',
        comment: reason,
      });
  };
  setHandler(approveSignal, onSignal('approved'), {
    description: 'Approve the step that `status` says is waited for',
  });
  setHandler(rejectSignal, onSignal('rejected'), {
    description: 'Reject the step that `status` says is waited for',
  });
  setHandler(
    decideUpdate,
    (request) => earlier(request) ?? take(request, outcomeOf(request.decision), 'update'),
    {
      description: 'Approve or reject, with an answer',
      validator: (request) => {
        if (request?.decision !== 'approve' && request?.decision !== 'reject')
          throw failure('DecisionRefused', 'The decision is neither "approve" nor "reject".');
        const reason = earlier(request) === undefined ? objection(request) : undefined;
        if (reason !== undefined) throw failure('DecisionRefused', reason);
      },
    },
  );

  const gate: ApprovalGate = {
    setPolicies(found) {
      policies = found;
    },

    async ask(step, planDigest, question) {
      const policy = policies![step];
      if (!policy.required) {
        record({ step, planDigest, event: 'not-required' });
        return 'approved';
      }
      const until = new Date(Date.now() + policy.expiresInMs).toISOString();
      record({ step, planDigest, event: 'asked' });
      const before = decided.length;
      board.setWaitingFor({ step, planDigest, until, question });
      const answered = await condition(() => decided.length > before, policy.expiresInMs)
        .catch((error: unknown) => {
          if (isCancellation(error)) record({ step, planDigest, event: 'cancelled' });
          throw error;
        })
        .finally(() => board.setWaitingFor(null));
      if (answered) return decided.at(-1)!.outcome;
      record({ step, planDigest, event: 'expired' });
      return 'expired';
    },

    async require(step, planDigest, question) {
      const verdict = await gate.ask(step, planDigest, question);
      if (verdict === 'approved') return;
      const last = board.status.audit.at(-1);
      if (verdict === 'rejected')
        throw failure(
          'ApprovalRejected',
          `${last?.by} rejected "${step}"${last?.comment === undefined ? '.' : `: ${last.comment}`}`,
        );
      throw failure('ApprovalExpired', `Nobody decided on "${step}" in time.`);
    },
  };
  return gate;
}

const outcomeOf = (decision: 'approve' | 'reject'): DecideAnswer['outcome'] =>
  decision === 'approve' ? 'approved' : 'rejected';

const now = (): string => new Date().toISOString();
