// Gathers what a report rests on from the journal and writes the report in all its forms. It may run more than once
// for one migration; the last one tells the whole story.

import { createHash } from 'node:crypto';
import type { Plan } from '../../contracts/plan.ts';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import type { DamagedObject } from '../../contracts/storage.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { readLines } from '../journal/lines.ts';
import { readJson, writeText } from '../journal/record.ts';
import type { Storage } from '../storage/storage.ts';
import { renderReport } from './render-report.ts';
import type { ChangedTag, Evidence, Excerpt, ImageProblem } from './report-document.ts';

/** Rows of a list that the report shows; the whole list lies in the journal. */
const EXCERPT_ROWS = 200;

export function writeReport(environment: Environment, facts: ReportFacts): Promise<{ key: string }> {
  return withHeartbeat(environment, async () => {
    const journal = await environment.openStorage(environment.inventory.journal);
    const { job, verification, tagsSinceBackup } = facts;
    const plan = await readJson<Plan>(journal, `${job}/plan.json`);
    if (plan === undefined) throw new Error(`${job}/plan.json is gone from the journal`);
    const files = renderReport({
      facts,
      plan,
      damaged: await damagedOf(journal, facts),
      changedTags: await excerpt<ChangedTag>(journal, tagsSinceBackup?.key),
      problems: await excerpt<ImageProblem>(journal, verification?.key),
      evidence: await evidenceOf(journal, facts),
    });
    for (const [name, content] of Object.entries(files)) await writeText(journal, `${job}/${name}`, content);
    return { key: `${job}/report.html` };
  });
}

async function excerpt<Row>(journal: Storage, key: string | undefined): Promise<Excerpt<Row>> {
  const found: Excerpt<Row> = { rows: [], total: 0 };
  if (key === undefined || (await journal.stat(key)) === undefined) return found;
  for await (const row of readLines<Row>(journal, key)) {
    found.total += 1;
    if (found.rows.length < EXCERPT_ROWS) found.rows.push(row);
  }
  return found;
}

/** A damaged object stays in the difference, so the last pass names every one. */
async function damagedOf(journal: Storage, { job, result }: ReportFacts): Promise<Excerpt<DamagedObject>> {
  const found: Excerpt<DamagedObject> = { rows: [], total: 0 };
  const last = result.passes.at(-1);
  if (last === undefined || last.damaged === 0) return found;
  for await (const { key } of journal.list({ prefix: `${job}/pass-${last.pass}/result-` }))
    for await (const row of readLines<{ key: string; damaged?: Omit<DamagedObject, 'key'> }>(journal, key)) {
      if (row.damaged === undefined) continue;
      found.total += 1;
      if (found.rows.length < EXCERPT_ROWS) found.rows.push({ key: row.key, ...row.damaged });
    }
  return found;
}

async function evidenceOf(journal: Storage, facts: ReportFacts): Promise<Evidence[]> {
  const { job, verification, tagsSinceBackup } = facts;
  const named: [name: string, key: string | undefined][] = [
    ['the approved plan', `${job}/plan.json`],
    ['damage of the source before', `${job}/damage.ndjson`],
    ['tags before', `${job}/tags-before.ndjson`],
    ['tags when pushes had stopped', `${job}/tags-final.ndjson`],
    ['tags after', `${job}/tags-after.ndjson`],
    ['tags that changed since the plan', tagsSinceBackup?.key],
    ['problems of the verification', verification?.key],
  ];
  const evidence: Evidence[] = [];
  for (const [name, key] of named) {
    if (key === undefined || (await journal.stat(key)) === undefined) continue;
    const hash = createHash('sha256');
    for await (const chunk of await journal.read(key)) hash.update(chunk as Buffer);
    evidence.push({ name, key, sha256: hash.digest('hex') });
  }
  return evidence;
}
