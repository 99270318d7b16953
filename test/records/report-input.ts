// A migration as the report sees it, for the tests of the report: the best practice path, with everything in it that a
// report can show.

import type { ReportInput } from '../../activities/records/report-input.ts';
import type { Recipe } from '../../contracts/plan.ts';
import { productOf } from '../../domain/registries/products.ts';

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const PLAN_DIGEST = digest('d');
const RECIPE: Recipe = {
  switch: 'keep-metadata',
  back: 'reconfigure-storage-migrated',
  afterBringUp: 'keep-metadata',
  source: 'release notes of DTR 2.6.6',
};

export function makeReportInput(): ReportInput {
  const pass = {
    sourceObjects: 1432,
    sourceBytes: 3_200_000_000,
    removedObjects: 0,
    damaged: 0,
    vanished: 0,
  };
  return {
    facts: {
      job: 'jobs/registry-prod/run-1',
      plan: {
        digest: PLAN_DIGEST,
        key: 'jobs/registry-prod/run-1/plan.txt',
        recipe: RECIPE,
        steps: [
          { id: 'pause-collection', number: 1, phase: 'preparing', title: 'Stop garbage collection' },
          { id: 'take-down', number: 2, phase: 'window', title: 'Destroy every replica' },
        ],
      },
      result: {
        outcome: 'migrated',
        registry: 'prod',
        destination: 's3-prod',
        path: 'best-practice',
        planDigest: PLAN_DIGEST,
        objects: 1440,
        bytes: 3_221_225_472,
        tagsBefore: { repositories: 12, tags: 1345 },
        tagsAfter: { repositories: 12, tags: 1351 },
        passes: [
          {
            ...pass,
            pass: 1,
            final: false,
            copiedObjects: 1432,
            copiedBytes: 3_200_000_000,
            proofs: { server: 1400, stream: 32 },
            durationMs: 412_000,
          },
          {
            ...pass,
            pass: 2,
            final: false,
            copiedObjects: 38,
            copiedBytes: 18_000_000,
            proofs: { server: 38 },
            durationMs: 9_000,
          },
          {
            ...pass,
            pass: 3,
            final: true,
            copiedObjects: 6,
            copiedBytes: 1_200_000,
            removedObjects: 2,
            proofs: { server: 6 },
            durationMs: 2_100,
          },
        ],
        windowSeconds: 27,
        damaged: 0,
        problems: 0,
        garbageCollection: 'declined',
        plan: 'jobs/registry-prod/run-1/plan.txt',
      },
      phase: 'done',
      startedAt: '2026-03-01T20:00:00.000Z',
      finishedAt: '2026-03-01T20:14:10.000Z',
      window: {
        openedAt: '2026-03-01T20:11:20.000Z',
        closedAt: '2026-03-01T20:11:47.000Z',
        refusedPushes: [
          { replica: '000000000001', status: 405 },
          { replica: '000000000002', status: 405 },
        ],
      },
      backups: [
        {
          key: 'migrations/prod/run/metadata-final-v2.7.9.tar.gpg',
          stored: { repository: 'main', sha256: 'f'.repeat(64), bytes: 20_480 },
          sha256: 'e'.repeat(64),
          bytes: 40_960,
          version: '2.7.9',
          replica: '000000000001',
          rows: { tags: 1351 },
        },
      ],
      verification: {
        tags: 1351,
        checkedTo: 1351,
        known: 0,
        unverified: 0,
        manifests: 1360,
        blobs: 4021,
        pulledTags: 10,
        pulledBytes: 52_428_800,
        problems: 0,
        key: 'jobs/registry-prod/run-1/verification.ndjson',
      },
      tagsSinceBackup: {
        unchanged: 1344,
        added: 6,
        changed: 1,
        removed: 0,
        untagged: 0,
        key: 'jobs/registry-prod/run-1/changes.ndjson',
      },
      audit: [
        { at: '2026-03-01T20:00:20.000Z', question: 'plan', planDigest: PLAN_DIGEST, event: 'asked' },
        {
          at: '2026-03-01T20:02:50.000Z',
          question: 'plan',
          planDigest: PLAN_DIGEST,
          event: 'approved',
          by: 'ada@example.com',
          channel: 'signal',
          comment: 'go',
        },
        { at: '2026-03-01T20:10:30.000Z', question: 'window', planDigest: PLAN_DIGEST, event: 'asked' },
        {
          at: '2026-03-01T20:11:15.000Z',
          question: 'window',
          planDigest: PLAN_DIGEST,
          event: 'approved',
          by: 'grace@example.com',
          channel: 'update',
        },
      ],
      failure: null,
      left: ['Garbage collection stays off.'],
      proved: {
        closure: {
          manifests: 1360,
          blobs: 4021,
          missing: 0,
          lost: 0,
          unread: 0,
          held: { manifests: 1420, links: 9230 },
          key: 'closure',
          parts: 'parts',
        },
        canaries: ['000000000001', '000000000002'],
      },
    },
    pulls: {
      asked: 18,
      outages: [{ from: '2026-03-01T20:11:25.000Z', to: '2026-03-01T20:11:34.000Z' }],
    },
    unread: [],
    plan: {
      binding: {},
      path: 'best-practice',
      registry: 'prod',
      version: '2.7.9',
      recipe: RECIPE,
      product: productOf({ kind: 'dtr' }).words,
      source: { name: 'prod-volume', describe: 'volume dtr-registry-000000000001 on node-1' },
      destination: { name: 's3-prod', describe: 's3://images at https://s3.example.com' },
      expected: { objects: 1432, bytes: 3_200_000_000, copySeconds: 62 },
      windowBudgetMs: 1_800_000,
      proof: 'server',
      replicas: ['000000000001', '000000000002'],
      tags: { repositories: 12, tags: 1345 },
      damage: {
        counts: { 'upload-leftover': 2, 'zero-byte-blob': 1 },
        examples: [
          {
            kind: 'zero-byte-blob',
            key: 'docker/registry/v2/blobs/sha256/ab/abc/data',
            detail: 'has no bytes; its key names a digest of some',
          },
        ],
        proved: { objects: 1200, of: 1300 },
        key: 'jobs/registry-prod/run-1/damage.ndjson',
      },
      findings: [
        {
          severity: 'warns',
          reason: 'Two replicas cannot lose one: a majority of two is two.',
          remedy: 'Join a third one.',
        },
      ],
      steps: [
        {
          id: 'pause-collection',
          number: 1,
          phase: 'preparing',
          title: 'Stop garbage collection',
          does: ['DELETE /api/v0/crons/onlinegc'],
          undo: 'POST the saved schedules back',
          pushesRefused: false,
        },
        {
          id: 'take-down',
          number: 2,
          phase: 'window',
          title: 'Destroy every replica',
          does: ['docker run … destroy'],
          undo: null,
          pushesRefused: true,
        },
      ],
      state: { readOnly: false, collection: { words: [], value: [] } },
    },
    damaged: { rows: [], total: 0 },
    changedTags: {
      rows: [{ repository: 'dev/app', tag: 'v2', before: null, after: digest('1') }],
      total: 7,
    },
    problems: { rows: [], total: 0 },
    evidence: [
      { name: 'Tags before', key: 'jobs/registry-prod/run-1/tags-before.ndjson', sha256: 'f'.repeat(64) },
    ],
  };
}
