// A backup of a registry: a set that is whole or is none. Pushes go on. Nothing is collected from before the metadata are
// taken until the content is copied, so that whatever the metadata and the links name is still there when the blobs are listed
// last; what is pushed in between may be in the content without a tag, and never the other way round.

import { workflowInfo } from '@temporalio/workflow';
import type {
  BackupDetails,
  BackupInput,
  BackupResult,
  BackupSubject,
  ContentCounts,
  NoTopic,
  SetManifest,
} from '../../contracts/backup.ts';
import type { RegistryState, SavedSetting } from '../../contracts/registry-activities.ts';
import {
  inspection,
  mustHappen,
  quick,
  reporting,
  transfer,
  transferAt,
} from '../operation/activity-profiles.ts';
import { nameOf, passable, startedAs } from '../operation/argument.ts';
import { reasonOf } from '../operation/failure.ts';
import { insist } from '../operation/insist.ts';
import { type Operation, runOperation, withReport } from '../operation/operation.ts';
import { bindActivities } from '../operation/summarized-activities.ts';
import { begin, enter } from './steps.ts';

type Backup = Operation<BackupDetails, NoTopic> & {
  subject: BackupSubject;
  state: RegistryState;
  /** When garbage is collected, as it was; null: it was not touched. */
  saved: SavedSetting | null;
  resumed: string[];
  manifest: SetManifest | null;
};

export async function backupRegistry(input: BackupInput): Promise<BackupResult> {
  const registry = nameOf(input?.registry);
  return await runOperation<BackupDetails, NoTopic, BackupResult>(
    {
      kind: 'backup',
      subject: { kind: 'registry', name: registry },
      title: `backup of ${registry}`,
      details: { registry, repository: '', set: null },
    },
    async (operation) => {
      const backup = await look(input, operation);
      const { subject } = backup;
      if (subject.dryRun) {
        enter(backup, 'plan');
        const content = await transferAt(subject.boundTo).planBackup(subject);
        const result: BackupResult = { ...resultOf(backup, content), outcome: 'planned', report: '' };
        return { result, ended: 'Nothing was written' };
      }
      const report = await withReport(
        async () => await holdingCollection(backup),
        async (error) => await writeReport(backup, error),
      );
      const { content } = backup.manifest!;
      return {
        result: { ...resultOf(backup, content), outcome: 'backed-up', report },
        ended: `The set ${subject.set} is complete`,
      };
    },
  );
}

async function look(input: BackupInput, operation: Operation<BackupDetails, NoTopic>): Promise<Backup> {
  const { board } = operation;
  const subject = await quick.resolveBackup({
    input: passable(input) as BackupInput,
    ...startedAs(),
    startedAt: workflowInfo().startTime.toISOString(),
  });
  bindActivities(subject.binding);
  const { registry, repository, set, dryRun } = subject;
  Object.assign(board.status.details, { registry, repository, set: dryRun ? null : set });
  board.status.title = `backup of ${registry} to ${repository}`;
  const found = { subject, saved: null, resumed: [], manifest: null };
  await begin(operation, 'look');
  const state = await inspection.inspectRegistry({ registry });
  return { ...operation, ...found, state };
}

async function holdingCollection(backup: Backup): Promise<void> {
  const { registry, job } = backup.subject;
  try {
    await begin(backup, 'pause-collection');
    // Remembered before it is touched.
    backup.saved = backup.state.collection;
    backup.saved = (await transfer.pauseCollection({ registry, job })).saved;
    await makeSet(backup, backup.saved);
  } finally {
    backup.pauses.refuse('It is ending: what it has turned off comes back now.');
    enter(backup, 'resume-collection');
    await resumeCollection(backup);
  }
  enter(backup, 'report');
}

async function makeSet(backup: Backup, schedules: SavedSetting): Promise<void> {
  const { subject, state } = backup;
  const { registry, job, repository, set, storage, replica } = subject;
  const of = { registry, job, repository, set };
  const there = transferAt(subject.boundTo);
  const takenAt = { begun: now(), metadata: '', content: '' };

  await begin(backup, 'metadata');
  const { key: tagsBefore } = await transfer.snapshotTags({ registry, job, name: 'before' });
  const metadata = await there.backUpSetMetadata({ ...of, version: state.version, replica });
  takenAt.metadata = now();

  await begin(backup, 'tags');
  const tree = await there.backUpTree({ ...of, storage });
  const images = await there.listSetImages({ ...of, tagsBefore, rows: metadata.rows });

  await begin(backup, 'content');
  const blobs = await there.backUpBlobs({ ...of, storage });
  takenAt.content = now();

  await begin(backup, 'seal');
  backup.manifest = await there.sealSet({
    ...of,
    state,
    schedules,
    storage,
    replica,
    takenAt,
    tagsBefore,
    images,
    metadata,
    tree,
    blobs,
  });
}

async function resumeCollection(backup: Backup): Promise<void> {
  const { subject, board, saved } = backup;
  if (saved === null) return;
  const { registry, job } = subject;
  const { resumed } = await insist(board, () => mustHappen.resumeCollection({ registry, job, saved }));
  backup.resumed = resumed;
}

async function writeReport(backup: Backup, error: unknown): Promise<string> {
  const { subject, board, manifest, resumed } = backup;
  const written = await reporting
    .writeBackupReport({
      job: subject.job,
      registry: subject.registry,
      repository: subject.repository,
      manifest,
      startedAt: workflowInfo().startTime.toISOString(),
      finishedAt: now(),
      failure: error === null ? null : reasonOf(error),
      resumed,
    })
    .catch((reason: unknown) => {
      board.openProblem().is(`There is no report: ${reasonOf(reason).message}`);
      return null;
    });
  board.status.report = written?.key ?? null;
  board.refresh();
  return written?.key ?? '';
}

function resultOf(backup: Backup, content: ContentCounts): Omit<BackupResult, 'outcome' | 'report'> {
  const { subject, state, manifest } = backup;
  return {
    registry: subject.registry,
    repository: subject.repository,
    set: manifest && `${subject.registry}/${manifest.id}`,
    version: state.version,
    tags: manifest?.counts.tags ?? 0,
    content,
    lost: manifest?.closure.lost ?? 0,
  };
}

const now = (): string => new Date().toISOString();
