import { describe, expect, it } from 'vitest';
import { subject } from '../../test/workflows/fake-activities.ts';
import type { PlanFacts } from '../../contracts/record-activities.ts';
import type { DamageKind } from '../../contracts/storage-activities.ts';
import { canonicalJson } from '../canonical-json.ts';
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
  state: {
    version: '2.7.9',
    mode: 'online',
    readOnly: false,
    replicas: ['000000000001', '000000000002'].map(replica),
    gcSchedules: [gc],
    disturbingJobs: [],
    gcLockHolder: '',
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

/** What is said of a source with two such. */
const damaged = (kind: DamageKind) => {
  const example = { kind, key: `key-of-${kind}`, detail: `is ${kind}` };
  const { findings, warnings } = judgePreflight({
    ...facts,
    damage: { ...facts.damage, counts: { [kind]: 2 }, examples: [example] },
  });
  return { findings: findings.join('\n'), warnings: warnings.join('\n') };
};

describe('judgePreflight', () => {
  it('stops at a source that shows nothing of a registry with tags', () => {
    const size = { objects: 0, bytes: 0, largestBytes: 0 };
    expect(judgePreflight({ ...facts, size }).findings.join()).toContain('is empty');
    const tags = { ...facts.tags, tags: 0 };
    expect(judgePreflight({ ...facts, size, tags }).findings).toEqual([]);
  });

  it('finds nothing wrong with a healthy registry', () => {
    expect(judgePreflight(facts).findings).toEqual([]);
  });

  it('lists every finding at once', () => {
    const { findings } = judgePreflight({
      ...facts,
      state: {
        ...facts.state,
        replicas: [{ ...replica('000000000001'), healthy: false, message: 'reported health too long ago' }],
        disturbingJobs: [{ id: 'j1', action: 'metadatastoremigration', status: 'running' }],
        canaryRepositoryExists: false,
        storage: { driver: 's3', fields: {}, volume: '' },
      },
      destinationCheck: {
        ...facts.destinationCheck,
        actions: [{ action: 'remove', ok: false, problem: 'AccessDenied' }],
      },
    });
    for (const expected of [
      'reported health too long ago',
      '000000000002',
      'metadatastoremigration',
      'canary',
      'cannot remove: AccessDenied',
    ])
      expect(findings.join('\n')).toContain(expected);
    expect(findings).toHaveLength(5);
  });

  it('leaves running garbage collection to the step that waits for it', () => {
    const disturbingJobs = [{ id: 'j1', action: 'onlinegc_metadata', status: 'running' }];
    expect(judgePreflight({ ...facts, state: { ...facts.state, disturbingJobs } }).findings).toEqual([]);
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

  it('stops when nothing that was read is right: then it is the source, not an object', () => {
    const damage = (wrong: number) => ({ ...facts.damage, counts: { 'wrong-bytes': wrong } });
    expect(judgePreflight({ ...facts, damage: damage(90) }).findings.join()).toContain('None of the 90');
    expect(judgePreflight({ ...facts, damage: damage(89) }).findings).toEqual([]);
  });

  it('warns that destroy removes a source that belongs to a replica', () => {
    const own = { ...facts, subject: { ...subject, sourceVolume: 'dtr-registry-000000000001' } };
    expect(judgePreflight(own).warnings.join()).toContain('destroy');
    expect(judgePreflight({ ...own, path: 'read-only' }).warnings.join()).not.toContain('destroy');
  });
});

describe('buildPlan', () => {
  it('takes the final backup after pushes have stopped and before anything is destroyed', () => {
    const titles = buildPlan(facts, []).steps.map((step) => step.title);
    const at = (text: string): number => titles.findIndex((title) => title.includes(text));
    expect(at('Open the window')).toBeLessThan(at('for good'));
    expect(at('for good')).toBeLessThan(at('Destroy'));
    expect(at('Destroy')).toBeLessThan(at('Restore'));
  });

  it('names the point of no return by the first step without an undo', () => {
    for (const [path, title] of [
      ['best-practice', 'Destroy'],
      ['read-only', undefined],
    ] as const) {
      const step = buildPlan({ ...facts, path }, []).steps.find(({ undo }) => undo === null);
      expect(step?.title.split(' ')[0]).toBe(title);
    }
  });

  it('holds real values and never asks for a password in an argument', () => {
    const text = JSON.stringify(buildPlan(facts, []));
    expect(text).toContain('docker/dtr:2.7.9 destroy --replica-id 000000000002');
    expect(text).toContain('onlinegc (0 0 1 * * 6)');
    expect(text).not.toContain('password');
  });

  it('shows the whole command that is run, with a file in place of the text of a CA', () => {
    const volume = { ...subject, destinationKind: 'host', destinationVolume: 'new images' };
    const lines = (changes: Partial<typeof subject>): string =>
      buildPlan({ ...facts, subject: { ...volume, ...changes } }, [])
        .steps.flatMap(({ does }) => does)
        .join('\n');
    const docker = 'docker run --rm -i --log-driver none --env UCP_PASSWORD';
    const ucp = '--ucp-url https://ucp.example.com --ucp-username admin';
    expect(lines({})).toContain(
      `${docker} docker/dtr:2.7.9 restore --replica-id 000000000001 --ucp-node node1 --dtr-external-url https://dtr.example.com --dtr-storage-volume 'new images' ${ucp} --ucp-ca "$(cat ucp-ca.pem)" <`,
    );
    const trusting = (ucpTrust: 'insecure' | 'system') =>
      lines({ bootstrapper: { ...subject.bootstrapper, image: 'mirror/dtr', ucpTrust } });
    expect(trusting('insecure')).toContain('mirror/dtr:2.7.9 destroy');
    expect(trusting('insecure')).toContain(`${ucp} --ucp-insecure-tls`);
    expect(trusting('system')).not.toMatch(/--ucp-(ca|insecure)/);
  });

  it('has the same text for the same facts, whatever the order of their keys', () => {
    const turned = Object.fromEntries(Object.entries(facts).toReversed()) as PlanFacts;
    expect(canonicalJson(buildPlan(turned, []))).toBe(canonicalJson(buildPlan(facts, [])));
    const other = buildPlan({ ...facts, size: { ...facts.size, objects: 101 } }, []);
    expect(canonicalJson(other)).not.toBe(canonicalJson(buildPlan(facts, [])));
  });
});
