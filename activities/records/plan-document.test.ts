import { expect, test } from 'vitest';
import { makeReportInput } from '../../test/records/report-input.ts';
import { renderMarkdown } from './markdown.ts';
import { planDocument } from './plan-document.ts';

const { plan } = makeReportInput();

test('a plan as text has the real values of every step, what undoes it, and where pushes are refused', () => {
  const text = renderMarkdown(planDocument(plan, 'sha256:d'));
  expect(text).toContain('# Plan: move prod (DTR 2.7.9) from prod-volume to s3-prod\n');
  expect(text).toContain('\n- plan digest: `sha256:d`\n');
  expect(text).toContain('\n- destination: `s3://images at https://s3.example.com`\n');
  expect(text).toContain('\n- damage: 1 zero-byte-blob, 2 upload-leftover; 1200 of 1300 blobs and links');
  expect(text).toContain(
    '\n## Findings\n\n- (warning) Two replicas cannot lose one: a majority of two is two.\n  - Join a third one.\n',
  );
  expect(text).toContain(
    [
      '1. **Stop garbage collection**',
      '   - `DELETE /api/v0/crons/onlinegc`',
      '   - Undo: POST the saved schedules back',
      '2. **Destroy every replica** (pushes refused)',
      '   - `docker run … destroy`',
      '   - Undo: not possible any more, past the point of no return; the procedure goes forward',
    ].join('\n'),
  );
});

test('a plan of Transship 0.1 shows its warnings', () => {
  const { findings: _, ...old } = plan;
  const text = renderMarkdown(planDocument({ ...old, warnings: ['Two replicas.'] }, 'sha256:d'));
  expect(text).toContain('\n## Findings\n\n- Two replicas.\n');
});

test('a plan without findings and without damage has no such sections', () => {
  const { damage: _, ...undamaged } = plan;
  expect(planDocument({ ...undamaged, findings: [] }, 'd').sections.map(({ heading }) => heading)).toEqual([
    'Steps',
  ]);
});
