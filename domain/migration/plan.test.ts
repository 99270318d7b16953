import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import { CANARY, CLOSURE, named, subject } from '../../test/workflows/fake-activities.ts';
import type { DtrRegistryEntry, StorageEntry } from '../../contracts/inventory.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import type { DamageKind } from '../../contracts/storage-activities.ts';
import { canonicalJson } from '../canonical-json.ts';
import { savedSchedules } from '../registries/dtr/collection.ts';
import { findingText, isStopping } from '../finding.ts';
import { buildPlan } from './plan.ts';
import { judgePreflight } from './preflight.ts';

const replica = (id: string) => ({ id, healthy: true, message: 'OK', readOnly: false });
const gc = {
  action: 'onlinegc',
  schedule: '0 0 1 * * 6',
  retries: 0,
  capacityMap: null,
  parameters: null,
  deadline: '',
  stopTimeout: '30s',
};

const facts: PlanFacts = {
  path: 'best-practice',
  subject,
  destinationProblem: null,
  canaries: [],
  closure: null,
  unmended: [],
  state: {
    version: '2.7.9',
    mode: 'online',
    readOnly: false,
    replicas: ['000000000001', '000000000002'].map(replica),
    collection: savedSchedules([gc]),
    runningTasks: [],
    storage: { driver: 'filesystem', fields: {}, volume: 'dtr-images' },
    canaryRepositoryExists: true,
  },
  sourceCheck: {
    describe: 'node1:/images',
    actions: [],
    proof: 'read-back',
    proofNote: 'hashed on the host',
  },
  destinationCheck: { describe: 's3://images', actions: [], proof: 'server', proofNote: null },
  size: { objects: 100, bytes: 5_000_000, largestBytes: 2_000_000 },
  damage: { counts: {}, examples: [], proved: { objects: 90, of: 100 }, key: 'jobs/x/damage.ndjson' },
  tags: { repositories: 3, tags: 30, key: 'tags.ndjson' },
};

/** What stops, and what else is told, of such facts. */
const judged = (changes: Partial<PlanFacts>, as = named) => {
  const { stops, others } = said(judgePreflight({ ...facts, ...changes }, as));
  return { findings: stops.join(), warnings: others.join() };
};

/** What is said of a source with two such. */
const damaged = (kind: DamageKind) => {
  const example = { kind, key: `key-of-${kind}`, detail: `is ${kind}` };
  const damage = { ...facts.damage, counts: { [kind]: 2 }, examples: [example] };
  return judged({ damage });
};

/** What stops when so many objects are wrong. */
const wrong = (count: number): string =>
  judged({ damage: { ...facts.damage, counts: { 'wrong-bytes': count } } }).findings;

describe('judgePreflight', () => {
  it('stops at a source that shows nothing of a registry with tags', () => {
    const size = { objects: 0, bytes: 0, largestBytes: 0 };
    expect(judged({ size }).findings).toContain('is empty');
    const tags = { ...facts.tags, tags: 0 };
    expect(judged({ size, tags }).findings).toBe('');
  });

  it('finds nothing wrong with a healthy registry', () => {
    expect(judged({}).findings).toBe('');
  });

  it('lists every finding at once', () => {
    const found: PlanFacts = {
      ...facts,
      state: {
        ...facts.state,
        replicas: [{ ...replica('000000000001'), healthy: false, message: 'reported health too long ago' }],
        runningTasks: [{ id: 'j1', action: 'metadatastoremigration', status: 'running', collects: false }],
        canaryRepositoryExists: false,
        storage: { driver: 's3', fields: {}, volume: '' },
      },
      destinationCheck: {
        ...facts.destinationCheck,
        actions: [{ action: 'remove', ok: false, problem: 'AccessDenied' }],
      },
    };
    const findings = judgePreflight(found, named).filter(isStopping);
    for (const expected of [
      'reported health too long ago',
      '000000000002',
      'metadatastoremigration',
      'canary',
      'cannot remove: AccessDenied',
      'no quorum',
    ])
      expect(findings.map(findingText).join('\n')).toContain(expected);
    expect(findings).toHaveLength(6);
  });

  it('sees stale health as stale, by the clock of the registry, and a quorum that is lost', () => {
    const [first, second] = facts.state.replicas;
    const state = (reportedAt: string, healthy = true) => ({
      ...facts.state,
      askedAt: '2026-01-01T01:00:00Z',
      replicas: [
        { ...first!, reportedAt },
        { ...second!, healthy, reportedAt: '2026-01-01T00:59:59Z' },
      ],
    });
    expect(judged({ state: state('2026-01-01T00:55:00Z') }).findings).toBe('');
    expect(judged({ state: state('2026-01-01T00:54:59Z') }).findings).toMatch(
      /^Replica 000000000001 is called healthy by what it said 5m 1s ago/,
    );
    expect(judged({ state: state('2026-01-01T01:10:00Z') }).findings).toBe('');
    expect(judged({ state: state('2026-01-01T01:00:00Z', false) }).findings).toContain(
      'Only 1 of 2 replicas are well, and a majority is 2',
    );
  });

  it('leaves running garbage collection to the step that waits for it', () => {
    const runningTasks = [{ id: 'j1', action: 'onlinegc_metadata', status: 'running', collects: true }];
    const state = { ...facts.state, runningTasks };
    expect(judged({ state }).findings).toBe('');
  });

  it('stops at what cannot be copied and warns of other damage, with what can be done', () => {
    for (const kind of ['too-large', 'case-collision'] as const)
      expect(damaged(kind).findings).toMatch(new RegExp(`2 .*key-of-${kind}: is ${kind}.*destination`));
    for (const kind of [
      'wrong-bytes',
      'zero-byte-blob',
      'missing-segments',
      'link-without-blob',
      'shared-segments',
      'named-by-id',
      'upload-leftover',
    ] as const) {
      const { findings, warnings } = damaged(kind);
      expect({ kind, findings }).toEqual({ kind, findings: '' });
      expect(warnings).toMatch(new RegExp(`2 .*key-of-${kind}: is ${kind}`));
      expect(warnings).toContain('90 of 100 blobs and links were compared');
    }
  });

  it('stops at a destination with keys that end: the registry would be told them', () => {
    const destination = { ...named.destination, sessiontoken: { env: 'TOKEN' } };
    expect(judged({}, { ...named, destination }).findings).toContain('sessiontoken');
    expect(judged({}, { ...named, source: destination }).findings).toBe('');
  });

  it('says which links of the source are followed, and where they lead', () => {
    const sourceCheck = { ...facts.sourceCheck, links: { 'docker/registry/v2/blobs': '/mnt/big/blobs' } };
    expect(judged({ sourceCheck }).warnings).toContain(
      'docker/registry/v2/blobs is followed to /mnt/big/blobs',
    );
  });

  it('stops when nothing that was read is right: then it is the source, not an object', () => {
    expect(wrong(90)).toContain('none of the 90');
    expect(wrong(89)).toBe('');
  });

  it('stops at a source that does not hold what was just pushed, or what the registry serves', () => {
    const lost = { ...CANARY, replica: '000000000002', key: null };
    const canaries = [{ ...CANARY, key: 'there' }, lost];
    expect(judged({ canaries }).findings).toMatch(/pushed through 000000000002 is not in node1:\/images/);
    const closure = { ...CLOSURE, missing: 3 };
    expect(judged({ closure }).findings).toContain(
      '3 of 9 blobs that the registry serves are not in the source',
    );
    const broken = judged({ closure: { ...CLOSURE, lost: 2, unread: 1 } });
    expect(broken.findings).toBe('');
    expect(broken.warnings).toMatch(/2 blobs of images are neither.*1 manifests cannot be read/s);
  });

  it('stops at a registry that is read-only already, and at a destination that cannot be claimed', () => {
    const state = { ...facts.state, readOnly: true };
    expect(judged({ state }).findings).toContain('read-only already');
    const found = { ...facts, destinationProblem: 's3://images is not empty' };
    expect(judged(found).findings).toContain('s3://images is not empty. Empty it');
  });

  it('counts what of the destination is removed and replaced where the registry used it before', () => {
    const own = { since: '2026-11-01', removed: 12, replaced: 3, key: 'jobs/x/superseded.ndjson' };
    const superseded = { ...own, foreign: { objects: 0, examples: [] } };
    const { findings, warnings } = judged({ superseded });
    expect(findings).toBe('');
    expect(warnings).toMatch(
      /used the destination s3:\/\/images until 2026-11-01\. .* 12 objects .* removed and 3 .* replaced; .*\. superseded\.ndjson in/,
    );
    expect(judged({ superseded: null }).warnings).not.toContain('used the');
    const foreign = { objects: 7, examples: [{ key: 'docker/theirs', written: '2026-11-02' }] };
    expect(judged({ superseded: { ...superseded, foreign } }).findings).toMatch(
      /s3:\/\/images was left at 2026-11-01, and 7 .* by somebody else: for example docker\/theirs \(2026-11-02\)\. Find out who/,
    );
  });

  it('warns that destroy removes a source that belongs to a replica', () => {
    const own = {
      ...named,
      source: { kind: 'host', host: 'node1', volume: 'dtr-registry-000000000001' } as const,
    };
    expect(judged({}, own).warnings).toContain('destroy');
    expect(judged({ path: 'read-only' }, own).warnings).not.toContain('destroy');
  });
});

describe('buildPlan', () => {
  it('takes the final backup after pushes have stopped and before anything is destroyed', () => {
    const titles = buildPlan(facts, named, []).steps.map((step) => step.title);
    const at = (text: string): number => titles.findIndex((title) => title.includes(text));
    expect(at('Open the window')).toBeLessThan(at('for good'));
    expect(at('for good')).toBeLessThan(at('Prove the new storage'));
    expect(at('Prove the new storage')).toBeLessThan(at('Destroy'));
    expect(at('Destroy')).toBeLessThan(at('Restore'));
  });

  it('names the point of no return by the first step without an undo', () => {
    for (const [path, title] of [
      ['best-practice', 'Destroy'],
      ['read-only', undefined],
    ] as const) {
      const step = buildPlan({ ...facts, path }, named, []).steps.find(({ undo }) => undo === null);
      expect(step?.title.split(' ')[0]).toBe(title);
    }
  });

  it('has the new storage proved in the last step before the point of no return, by both paths', () => {
    for (const path of ['read-only', 'best-practice'] as const) {
      const { steps } = buildPlan({ ...facts, path }, named, []);
      const noReturn = steps.findIndex(({ id }) => id === 'switch-storage' || id === 'take-down');
      expect(steps[noReturn - 1]!.id).toBe('prove');
      expect(steps.map(({ number }) => number)).toEqual(steps.map((_step, index) => index + 1));
    }
  });

  it('says before anything is approved how the old storage would be used again, or that it cannot be', () => {
    const readOnly: PlanFacts = { ...facts, path: 'read-only' };
    const switching = (source: StorageEntry) => {
      const plan = buildPlan(readOnly, { ...named, source }, []);
      return { back: plan.recipe.back, step: plan.steps.find(({ id }) => id === 'switch-storage')! };
    };
    const volume = switching(named.source);
    expect(volume.back).toBe('reconfigure-storage-migrated');
    expect(volume.step.undoDoes?.join()).toContain(
      'reconfigure --existing-replica-id 000000000001 --dtr-storage-volume dtr-images',
    );
    const cloud = switching({ kind: 'gcs', bucket: 'old', rootdirectory: '' });
    expect(cloud.back).toBe('keep-metadata');
    expect(cloud.step.undoDoes?.join()).toContain('keep_metadata: true → node1:/images');
    const within = switching({ kind: 'host', host: 'node1', volume: 'v', subdirectory: 'below' });
    expect(within.back).toBeNull();
    expect([within.step.undo, within.step.undoDoes]).toEqual([null, undefined]);
    expect(within.step.does.join()).toContain('cannot be told of prod-volume again');
  });

  it('holds real values and never asks for a password in an argument', () => {
    const text = JSON.stringify(buildPlan(facts, named, []));
    expect(text).toContain('docker/dtr:2.7.9 destroy --replica-id 000000000002');
    expect(text).toContain('onlinegc (0 0 1 * * 6)');
    expect(text).not.toContain('password');
  });

  it('shows the whole command that is run, with a file in place of the text of a CA', () => {
    const destination: StorageEntry = { kind: 'host', host: 'node1', volume: 'new images' };
    const lines = (changes: Partial<DtrRegistryEntry>): string =>
      buildPlan(facts, { ...named, destination, entry: { ...named.entry, ...changes } }, [])
        .steps.flatMap(({ does }) => does)
        .join('\n');
    const docker = 'docker run --rm -i --log-driver none --env UCP_PASSWORD';
    const ucp = '--ucp-url https://ucp.example.com --ucp-username admin';
    expect(lines({})).toContain(
      `${docker} docker/dtr:2.7.9 restore --replica-id 000000000001 --ucp-node node1 --dtr-external-url https://dtr.example.com --dtr-storage-volume 'new images' ${ucp} --ucp-ca "$(cat ucp-ca.pem)" <`,
    );
    const { ca: _ca, ...system } = named.entry.ucp;
    const trusting = (insecureTls: boolean) =>
      lines({ bootstrapImage: 'mirror/dtr', ucp: { ...system, insecureTls } });
    expect(trusting(true)).toContain('mirror/dtr:2.7.9 destroy');
    expect(trusting(true)).toContain(`${ucp} --ucp-insecure-tls`);
    expect(trusting(false)).not.toMatch(/--ucp-(ca|insecure)/);
  });

  it('has the same text for the same facts, whatever the order of their keys', () => {
    const turned = Object.fromEntries(Object.entries(facts).toReversed()) as PlanFacts;
    expect(canonicalJson(buildPlan(turned, named, []))).toBe(canonicalJson(buildPlan(facts, named, [])));
    const other = buildPlan({ ...facts, size: { ...facts.size, objects: 101 } }, named, []);
    expect(canonicalJson(other)).not.toBe(canonicalJson(buildPlan(facts, named, [])));
  });
});
