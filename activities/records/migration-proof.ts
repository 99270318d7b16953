// The auditable proof of a migration: counts, and the digests of everything that the report rests on. An auditor hashes
// the named files of the journal and the `facts` and `plan` of report.json, and finds these values.

import { createHash } from 'node:crypto';
import type { ReplicaAnswer } from '../../contracts/registry-activities.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { EvidenceFile, ReportInput } from './report-input.ts';

export type MigrationProof = {
  format: 'transship-proof/1';
  registry: string;
  path: string;
  outcome: string;
  planDigest: string;
  startedAt: string;
  finishedAt: string;
  window: {
    openedAt: string | null;
    closedAt: string | null;
    refusedPushes: ReplicaAnswer[];
  };
  copied: { objects: number; bytes: number; proofs: Record<string, number>; damaged: number };
  tags: { before: number; after: number | null; changedSinceBackup: number | null };
  verification: {
    tags: number;
    manifests: number;
    blobs: number;
    pulledTags: number;
    problems: number;
  } | null;
  backups: { key: string; sha256: string; bytes: number }[];
  approvals: { at: string; question: string; event: string; by: string | null; planDigest: string }[];
  /** SHA-256 over the canonical JSON (keys sorted, no white space) of the two parts of report.json. */
  inputs: { facts: string; plan: string };
  evidence: EvidenceFile[];
};

export function makeProof({ facts, plan, evidence }: ReportInput): MigrationProof {
  const { result, verification, tagsSinceBackup } = facts;
  return {
    format: 'transship-proof/1',
    registry: result.registry,
    path: result.path,
    outcome: result.outcome,
    planDigest: facts.plan.digest,
    startedAt: facts.startedAt,
    finishedAt: facts.finishedAt,
    window: facts.window,
    copied: {
      objects: result.objects,
      bytes: result.bytes,
      proofs: countEvidence(facts.result.passes),
      damaged: result.damaged,
    },
    tags: {
      before: result.tagsBefore.tags,
      after: result.tagsAfter?.tags ?? null,
      changedSinceBackup:
        tagsSinceBackup === null
          ? null
          : tagsSinceBackup.added + tagsSinceBackup.changed + tagsSinceBackup.removed,
    },
    verification:
      verification === null
        ? null
        : {
            tags: verification.tags,
            manifests: verification.manifests,
            blobs: verification.blobs,
            pulledTags: verification.pulledTags,
            problems: verification.problems,
          },
    backups: facts.backups.map(({ key, sha256, bytes }) => ({ key, sha256, bytes })),
    approvals: facts.audit.map(({ at, question, event, by, planDigest }) => ({
      at,
      question,
      event,
      by: by ?? null,
      planDigest,
    })),
    inputs: { facts: sha256(canonicalJson(facts)), plan: sha256(canonicalJson(plan)) },
    evidence,
  };
}

/** How many copied objects had which evidence, over all passes. */
export function countEvidence(passes: ReportInput['facts']['result']['passes']): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { proofs } of passes)
    for (const [evidence, count] of Object.entries(proofs)) total[evidence] = (total[evidence] ?? 0) + count;
  return total;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
