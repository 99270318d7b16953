import { expect, test } from 'vitest';
import type { ReportInput } from './report-input.ts';
import { renderBareReport } from './bare-report.ts';
import { renderReport } from './render-report.ts';
import { timelineSpans } from './migration-timeline.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { makeReportInput } from '../../test/records/report-input.ts';
import { sha256 } from '../../test/support/digests.ts';

const withFacts = (changes: Partial<ReportInput['facts']>): ReportInput => {
  const input = makeReportInput();
  return { ...input, facts: { ...input.facts, ...changes } };
};

const digestOf = (value: unknown): string => sha256(canonicalJson(value));

test('names what moved, for how long pushes were refused, and the tags before and after', () => {
  const report = renderReport(makeReportInput());
  for (const file of ['report.md', 'report.html'] as const) {
    expect(report[file]).toContain('3.0 GiB');
    expect(report[file]).toContain('1\u202f440 objects');
    expect(report[file]).toContain('27s');
    expect(report[file]).toContain('1\u202f345 → 1\u202f351');
    expect(report[file]).toContain('tags were added (6), changed (1) and removed (0). All of it came along');
    expect(report[file]).toContain('1\u202f444 copied objects: checked by the destination itself');
    expect(report[file]).toContain('ada@example.com');
    expect(report[file]).toContain('and 6 more in the journal');
  }
});

test('names the damage that the source had before, the worst first', () => {
  const report = renderReport(makeReportInput());
  for (const file of ['report.md', 'report.html'] as const) {
    const text = report[file];
    expect(text).toContain('1200 of 1300 blobs and links were compared');
    expect(text).toContain('has no bytes; its key names a digest of some');
    expect(text.indexOf('1 blob has no bytes')).toBeLessThan(text.indexOf('2 unfinished uploads are left'));
    expect(text.indexOf('1 blob has no bytes')).toBeGreaterThan(0);
  }
});

test.each([
  ['CancelledFailure', 'what was begun was undone, and what was copied serves the next run'],
  ['WindowBudgetSpent', 'Give it more time or a quieter hour'],
  ['ApprovalExpired', 'allow more time in the approval policy'],
])('says after %s what happened and what to do', (type, advice) => {
  const input = withFacts({ failure: { type, message: 'it ended', undone: ['schedules: onlinegc'] } });
  input.facts.result.outcome = 'failed';
  const report = renderReport(input);
  for (const file of ['report.md', 'report.html'] as const)
    for (const text of ['did not succeed: it ended', 'schedules: onlinegc', advice])
      expect(report[file]).toContain(text);
});

test('a plan of an earlier version, which knows nothing of damage, has a report', () => {
  const input = makeReportInput();
  delete input.plan.damage;
  expect(renderReport(input)['report.html']).not.toContain('Damage that the source had');
});

test('escapes everything that people or registries named', () => {
  const evil = '<img src=x onerror="alert(1)">\'&';
  const input = withFacts({
    audit: [
      {
        at: '2026-03-01T20:00:20.000Z',
        question: 'plan',
        planDigest: evil,
        event: 'approved',
        by: evil,
        comment: evil,
      },
    ],
    failure: { type: evil, message: evil, undone: [evil] },
  });
  input.problems = { rows: [{ repository: evil, tag: evil, problem: evil, digest: evil }], total: 1 };
  input.damaged = { rows: [{ key: evil, expected: evil, actual: evil }], total: 1 };
  input.plan.warnings = [evil];
  input.plan.findings = [{ severity: 'warns', reason: evil, remedy: evil }];
  input.plan.damage!.examples = [{ kind: 'zero-byte-blob', key: evil, detail: evil }];
  input.facts.result.registry = evil;
  const report = renderReport(input);
  expect(report['report.html']).not.toContain('<img');
  expect(report['report.html']).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;');
  expect(report['report.md']).not.toContain('<img');
});

/** A run in which everybody and everything is called so. */
const inputNamed = (name: string): ReportInput => {
  const input = withFacts({ failure: { type: name, message: name, undone: [name] } });
  for (const entry of input.facts.audit) Object.assign(entry, { by: name, comment: name });
  input.problems = { rows: [{ repository: name, tag: name, problem: name, digest: name }], total: 1 };
  input.damaged = { rows: [{ key: name, expected: name, actual: name }], total: 1 };
  input.plan.warnings = [name];
  input.plan.findings = [{ severity: 'warns', reason: name, remedy: name }];
  input.plan.steps[0]!.does = [name];
  input.plan.source = { name, describe: name };
  return input;
};

test('nothing that people or registries named becomes a link, a row, a heading or a mention of the Markdown', () => {
  const shape = (name: string): string[] => {
    const text = renderReport(inputNamed(name))['report.md'];
    return text.split('\n').map((line) => {
      const [start] = /^ *[#\-|\d]*/.exec(line)!;
      return `${start} ${line.replaceAll('\\|', '').split('|').length}`;
    });
  };
  const evil = '# [a](https://e.vil) | ![b][c]\n\n- @ada\n| --- |\n[c]: https://e.vil';
  expect(shape(evil)).toEqual(shape('x'));
  const text = renderReport(inputNamed(evil))['report.md'].replaceAll(/`[^`]*`/g, '');
  expect(text).not.toMatch(/@|:\/\/|(?<!\\)[[\]]/);
});

test('the HTML needs nothing from a network and runs no script', () => {
  const page = renderReport(makeReportInput())['report.html'];
  expect(page).not.toMatch(/<script|<link|<img|\ssrc=|@import|url\(/);
  expect(page).toContain('<svg');
});

test('a cell of a Markdown table cannot end its row', () => {
  const input = makeReportInput();
  input.facts.audit[1]!.comment = 'a | b\nc';
  expect(renderReport(input)['report.md']).toContain('| a \\| b c |');
});

test('an auditor can compute the digests of the proof again', () => {
  const input = makeReportInput();
  const report = renderReport(input);
  const proof = JSON.parse(report['proof.json']) as Record<string, Record<string, unknown>>;
  const written = JSON.parse(report['report.json']) as Record<string, unknown>;
  expect(proof['inputs']).toEqual({ facts: digestOf(written['facts']), plan: digestOf(written['plan']) });
  expect(proof['planDigest']).toBe(input.facts.plan.digest);
  expect(proof['copied']).toMatchObject({ objects: 1440, proofs: { server: 1444, stream: 32 } });
  expect(proof['tags']).toEqual({ before: 1345, after: 1351, changedSinceBackup: 7 });
  expect(proof['evidence']).toEqual(input.evidence);
});

test('the same run has the same report', () => {
  expect(renderReport(makeReportInput())).toEqual(renderReport(makeReportInput()));
});

test('a failed run says why, what was undone, and that the window may be open still', () => {
  const input = withFacts({
    failure: { type: 'StorageUnavailable', message: 'S3 is down.', undone: ['Garbage collection schedule'] },
    window: { openedAt: '2026-03-01T20:11:20.000Z', closedAt: null, refusedPushes: [] },
    verification: null,
  });
  input.facts.result.outcome = 'failed';
  const report = renderReport(input);
  for (const file of ['report.md', 'report.html'] as const) {
    expect(report[file]).toContain('did not succeed: S3 is down.');
    expect(report[file]).toContain('Undone: Garbage collection schedule');
    expect(report[file]).toContain('The window was not closed');
    expect(report[file]).not.toContain('came along');
    expect(report[file]).toContain('Look at the storage and the way to it');
  }
});

test('problems make a migrated registry no good news', () => {
  const input = makeReportInput();
  input.facts.verification!.problems = 1;
  input.problems = {
    rows: [{ repository: 'dev/app', tag: 'v1', problem: 'blob-missing', digest: 'sha256:00' }],
    total: 1,
  };
  const report = renderReport(input);
  expect(JSON.parse(report['report.json'])).toMatchObject({ summary: { tone: 'bad' } });
  expect(report['report.html']).toContain('dev/app:v1');
  expect(report['report.html']).not.toContain('every tag is served from there');
});

test('a plan promises nothing', () => {
  const input = withFacts({ verification: null, tagsSinceBackup: null, backups: [] });
  input.facts.result = {
    ...input.facts.result,
    outcome: 'planned',
    passes: [],
    windowSeconds: null,
    tagsAfter: null,
  };
  input.facts.window = { openedAt: null, closedAt: null, refusedPushes: [] };
  const report = renderReport(input);
  expect(report['report.md']).toContain('Nothing was changed.');
  expect(report['report.md']).toContain('not at all');
  expect(report['report.md']).not.toContain('copied objects:');
});

test('the timeline shows each wait from question to answer, and the window', () => {
  const spans = timelineSpans(makeReportInput().facts, makeReportInput().pulls);
  expect(spans.map(({ kind, label }) => [kind, label])).toEqual([
    ['waiting', 'plan: approved after 2m 30s'],
    ['waiting', 'window: approved after 45s'],
    ['window', 'pushes refused for 27s'],
    ['outage', 'pulls failed for 9.0s'],
  ]);
});

test('pulls that failed are told apart from pushes that were refused, and silence is no claim', () => {
  const input = makeReportInput();
  const text = renderReport(input)['report.md'];
  expect(text).toContain('it could not be had for 9.0s in all');
  expect(text).not.toMatch(/pulls (went on|work)/);
  expect(renderReport({ ...input, pulls: { asked: 27, outages: [] } })['report.md']).toContain(
    'it was there each time',
  );
  expect(renderReport({ ...input, pulls: null })['report.md']).toContain(
    'Whether pulls went on was not watched',
  );
});

test('what could not be read, and what is left for people, stand before all else', () => {
  const input = { ...makeReportInput(), unread: ['The tags that changed: was cut off'] };
  const text = renderReport(input)['report.md'];
  expect(text).toContain('The tags that changed: was cut off');
  expect(text.indexOf('What could not be read')).toBeLessThan(text.indexOf('## When'));
  expect(text.indexOf('Garbage collection stays off')).toBeLessThan(text.indexOf('## When'));
});

test('tells what is left to do by hand', () => {
  const text = renderReport(makeReportInput())['report.md'];
  expect(text).toContain('Fetch the vulnerability database again');
});

test('there is a report without a plan', () => {
  const { plan: _, ...input } = makeReportInput();
  const report = renderBareReport({ ...input, unread: ['The plan: is gone from the journal'] });
  for (const file of ['report.md', 'report.html'] as const) {
    expect(report[file]).toContain('The plan: is gone from the journal');
    expect(report[file]).toContain('ada@example.com');
    expect(report[file]).toContain('Destroy every replica');
  }
});
