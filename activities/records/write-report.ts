// Gathers what a report rests on from the journal and writes the report in all its forms. It may run more than once
// for one migration; the last one tells the whole story.

import { createHash } from 'node:crypto';
import type { Plan } from '../../contracts/plan.ts';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import type { DamagedObject } from '../../contracts/storage.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { damagedInPass } from '../copying/work-list.ts';
import { fileOf, type LinesFile } from '../journal/keys.ts';
import { readLines } from '../journal/lines.ts';
import { readRecord } from '../journal/record.ts';
import { writeText } from '../journal/text.ts';
import type { ImageProblem } from '../registry/images/image-problem.ts';
import type { TagChange } from '../registry/tags.ts';
import type { Storage } from '../storage/storage.ts';
import { renderReport } from './render-report.ts';
import type { EvidenceFile, Excerpt } from './report-input.ts';

/** Rows of a list that the report shows; the whole list lies in the journal. */
const EXCERPT_ROWS = 200;

export function writeReport(environment: Environment, facts: ReportFacts): Promise<{ key: string }> {
  return withHeartbeat(environment, async () => {
    const journal = await environment.openStorage(environment.inventory.journal);
    const { job, verification, tagsSinceBackup } = facts;
    const planFile = fileOf('plan', { job });
    const plan = await readRecord<Plan>(journal, planFile);
    if (plan === undefined) throw new Error(`${planFile.key} is gone from the journal`);
    const files = renderReport({
      facts,
      plan,
      damaged: await damagedOf(journal, facts),
      changedTags: await excerpt<TagChange>(
        journal,
        tagsSinceBackup && { kind: 'tag-changes', key: tagsSinceBackup.key },
      ),
      problems: await excerpt<ImageProblem>(
        journal,
        verification && { kind: 'verification', key: verification.key },
      ),
      evidence: await evidenceOf(journal, facts),
    });
    for (const [name, content] of Object.entries(files))
      await writeText(journal, fileOf('report', { job, file: name }), content);
    return { key: fileOf('report', { job, file: 'report.html' }).key };
  });
}

async function excerpt<Row>(journal: Storage, file: LinesFile | null): Promise<Excerpt<Row>> {
  const found: Excerpt<Row> = { rows: [], total: 0 };
  if (file === null || (await journal.stat(file.key)) === undefined) return found;
  for await (const row of readLines<Row>(journal, file)) {
    found.total += 1;
    if (found.rows.length < EXCERPT_ROWS) found.rows.push(row);
  }
  return found;
}

async function damagedOf(journal: Storage, { job, result }: ReportFacts): Promise<Excerpt<DamagedObject>> {
  const found: Excerpt<DamagedObject> = { rows: [], total: 0 };
  const last = result.passes.at(-1);
  if (last === undefined || last.damaged === 0) return found;
  for await (const { key, damaged } of damagedInPass(journal, { job, pass: last.pass })) {
    found.total += 1;
    if (found.rows.length < EXCERPT_ROWS) found.rows.push({ key, ...damaged });
  }
  return found;
}

async function evidenceOf(journal: Storage, facts: ReportFacts): Promise<EvidenceFile[]> {
  const { job, verification, tagsSinceBackup } = facts;
  const named: [name: string, key: string | undefined][] = [
    ['the approved plan', fileOf('plan', { job }).key],
    ['damage of the source before', fileOf('damage', { job }).key],
    ['tags before', fileOf('tags', { job, name: 'before' }).key],
    ['tags when pushes had stopped', fileOf('tags', { job, name: 'final' }).key],
    ['tags after', fileOf('tags', { job, name: 'after' }).key],
    ['tags that changed since the plan', tagsSinceBackup?.key],
    ['problems of the verification', verification?.key],
  ];
  const evidence: EvidenceFile[] = [];
  for (const [name, key] of named) {
    if (key === undefined || (await journal.stat(key)) === undefined) continue;
    const hash = createHash('sha256');
    for await (const chunk of await journal.read(key)) hash.update(chunk as Buffer);
    evidence.push({ name, key, sha256: hash.digest('hex') });
  }
  return evidence;
}
