// Gathers what a report rests on from the journal and writes the report in all its forms. It may run more than once
// for one migration; the last one tells the whole story.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { StorageEntry } from '../../contracts/inventory.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ReportFacts } from '../../contracts/record-activities.ts';
import type { DamagedObject } from '../../contracts/storage.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { withHeartbeat } from '../concurrency/heartbeat.ts';
import type { Environment } from '../environment.ts';
import { damagedInPass } from '../copying/work-list.ts';
import { fileOf, type LinesFile } from '../journal/keys.ts';
import { readLines } from '../journal/lines.ts';
import { readRecord } from '../journal/record.ts';
import { writeText } from '../journal/text.ts';
import type { ImageProblem } from '../registry/images/image-problem.ts';
import type { PullOutages } from '../registry/images/watch-pulls.ts';
import type { TagChange } from '../registry/tags.ts';
import type { Storage } from '../storage/storage.ts';
import { renderBareReport } from './bare-report.ts';
import { renderReport } from './render-report.ts';
import type { EvidenceFile, Excerpt } from './report-input.ts';

/** Rows of a list that the report shows; the whole list lies in the journal. */
const EXCERPT_ROWS = 200;

/** What the journal does not give is said in the report; a run that ended well has one, whatever became of its lists. */
export function writeReport(
  environment: Environment,
  facts: ReportFacts,
): Promise<{ key: string; place: string }> {
  return withHeartbeat(environment, async () => {
    const journal = await environment.openStorage(environment.inventory.journal);
    const { job, verification, tagsSinceBackup } = facts;
    const unread: string[] = [];
    const orElse = async <T>(what: string, otherwise: T, read: () => Promise<T>): Promise<T> => {
      try {
        return await read();
      } catch (error) {
        if (error instanceof TransshipError && error.retryable) throw error;
        unread.push(`${what}: ${(error as Error).message}`);
        return otherwise;
      }
    };
    const excerptOf = async <Row>(what: string, file: LinesFile | null): Promise<Excerpt<Row>> =>
      await orElse(what, { rows: [], total: 0 }, async () => await excerpt<Row>(journal, file));

    const plan = await orElse('The plan', null, async () => await planOf(journal, job));
    const found = {
      facts,
      damaged: await orElse<Excerpt<DamagedObject>>('The damaged objects', { rows: [], total: 0 }, () =>
        damagedOf(journal, facts),
      ),
      changedTags: await excerptOf<TagChange>(
        'The tags that changed',
        tagsSinceBackup && { kind: 'tag-changes', key: tagsSinceBackup.key },
      ),
      problems: await excerptOf<ImageProblem>(
        'The problems of images',
        verification && { kind: 'verification', key: verification.key },
      ),
      pulls: await orElse('How pulls went on', null, async () => await pullsOf(journal, job)),
      evidence: await orElse('The evidence', [], () => evidenceOf(journal, facts)),
      unread,
    };
    const files = plan === null ? renderBareReport(found) : renderReport({ ...found, plan });
    for (const [name, content] of Object.entries(files))
      await writeText(journal, fileOf('report', { job, file: name }), content);
    const { key } = fileOf('report', { job, file: 'report.html' });
    return {
      key,
      place: placeOf(journal, environment.inventory.storages[environment.inventory.journal], key),
    };
  });
}

/** For whoever opens it. */
const placeOf = (journal: Storage, entry: StorageEntry | undefined, key: string): string =>
  entry?.kind === 'filesystem' ? join(entry.path, key) : `${key} in ${journal.describe}`;

async function planOf(journal: Storage, job: string): Promise<Plan> {
  const file = fileOf('plan', { job });
  const plan = await readRecord<Plan>(journal, file);
  if (plan === undefined) throw new Error(`${file.key} is gone from the journal`);
  return plan;
}

const pullsOf = async (journal: Storage, job: string): Promise<PullOutages | null> =>
  (await readRecord<PullOutages>(journal, fileOf('pull-outages', { job }))) ?? null;

async function excerpt<Row>(journal: Storage, file: LinesFile | null): Promise<Excerpt<Row>> {
  const found: Excerpt<Row> = { rows: [], total: 0 };
  if (file === null) return found;
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
  const { job, verification, tagsSinceBackup, proved } = facts;
  const named: [name: string, key: string | undefined][] = [
    ['the approved plan', fileOf('plan', { job }).key],
    ['damage of the source before', fileOf('damage', { job }).key],
    ['tags before', fileOf('tags', { job, name: 'before' }).key],
    ['the images of our own', fileOf('canaries', { job }).key],
    ['blobs that the destination lacked', proved?.closure.key],
    ['when pulls failed', fileOf('pull-outages', { job }).key],
    ['tags when pushes had stopped', fileOf('tags', { job, name: 'final' }).key],
    ['tags after', fileOf('tags', { job, name: 'after' }).key],
    ['tags that changed since the plan', tagsSinceBackup?.key],
    ['problems of the verification', verification?.key],
    ...(await refusedIn(journal, job)),
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

/** Where decisions were refused that the trail does not list. */
async function refusedIn(journal: Storage, job: string): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (let batch = 1; ; batch += 1) {
    const { key } = fileOf('refused', { job, batch });
    if ((await journal.stat(key)) === undefined) return found;
    found.push(['further decisions that were refused', key]);
  }
}
