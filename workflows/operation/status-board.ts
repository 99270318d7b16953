// What a migration shows while it runs: the answer of the query `status`, the current details and the search
// attributes of the Temporal UI. One state, so that they never tell different stories.

import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, setCurrentDetails, setHandler, upsertSearchAttributes } from '@temporalio/workflow';
import type { MigrationInput, MigrationStatus, Phase } from '../../contracts/migration.ts';
import { type MigrationPath, QUERIES, SEARCH_ATTRIBUTES } from '../../contracts/names.ts';
import { formatBytes } from '../../domain/bytes.ts';

const statusQuery = defineQuery<MigrationStatus>(QUERIES.status);
const registryKey = defineSearchAttributeKey(
  SEARCH_ATTRIBUTES.registry.name,
  SEARCH_ATTRIBUTES.registry.type,
);
const pathKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.path.name, SEARCH_ATTRIBUTES.path.type);
const phaseKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.phase.name, SEARCH_ATTRIBUTES.phase.type);
const needsApprovalKey = defineSearchAttributeKey(
  SEARCH_ATTRIBUTES.needsApproval.name,
  SEARCH_ATTRIBUTES.needsApproval.type,
);

export type StatusBoard = {
  readonly status: MigrationStatus;
  /** A new phase and step; both are seen at once. */
  enter(phase: Phase, step: string): void;
  setWaitingFor(question: MigrationStatus['waitingFor']): void;
  /** After any other change of `status`. */
  refresh(): void;
};

export function createStatusBoard(path: MigrationPath, input: MigrationInput): StatusBoard {
  const status: MigrationStatus = {
    path,
    registry: nameOf(input?.registry),
    destination: nameOf(input?.destination),
    phase: 'preflight',
    step: 'Check the input',
    planDigest: null,
    waitingFor: null,
    progress: { objects: { done: 0, total: 0 }, bytes: { done: 0, total: 0 } },
    pass: 0,
    window: { openedAt: null, closedAt: null, budgetMs: 0 },
    audit: [],
    problem: null,
    report: null,
  };
  setHandler(statusQuery, () => status, {
    description: 'Phase, what is waited for, progress, window and approvals',
  });
  upsertSearchAttributes([
    { key: registryKey, value: status.registry },
    { key: pathKey, value: path },
    { key: phaseKey, value: status.phase },
    { key: needsApprovalKey, value: false },
  ]);

  const refresh = (): void => setCurrentDetails(describe(status));
  return {
    status,
    refresh,
    enter(phase, step) {
      if (phase !== status.phase) upsertSearchAttributes([{ key: phaseKey, value: phase }]);
      status.phase = phase;
      status.step = step;
      refresh();
    },
    setWaitingFor(question) {
      status.waitingFor = question;
      upsertSearchAttributes([{ key: needsApprovalKey, value: question !== null }]);
      refresh();
    },
  };
}

/** Markdown for the Temporal UI. */
function describe(status: MigrationStatus): string {
  const { objects, bytes } = status.progress;
  const lines = [
    `**${status.phase}** — ${status.step}`,
    '',
    `${status.registry} → ${status.destination} by the ${status.path} path`,
  ];
  if (status.waitingFor !== null)
    lines.push(
      '',
      `**Waits for a decision on \`${status.waitingFor.step}\`** until ${status.waitingFor.until}:`,
      '',
      status.waitingFor.question,
      '',
      `plan \`${status.waitingFor.planDigest}\``,
    );
  if (status.pass > 0)
    lines.push(
      '',
      `Pass ${status.pass}: ${objects.done} of ${objects.total} objects, ${formatBytes(bytes.done)} of ${formatBytes(bytes.total)}`,
    );
  if (status.window.openedAt !== null)
    lines.push(
      '',
      `Read-only since ${status.window.openedAt}${status.window.closedAt === null ? '' : ` until ${status.window.closedAt}`}`,
    );
  if (status.problem !== null) lines.push('', `**Trouble, tried again:** ${status.problem}`);
  if (status.report !== null) lines.push('', `Report: \`${status.report}\` in the journal`);
  return lines.join('\n');
}

/** The input is shown before it is checked, and people may have sent anything. */
const nameOf = (value: unknown): string => (typeof value === 'string' ? value : '(no name)');
