// A verification of a backup set: is it whole, ours, and could it be restored? Nothing is changed but for notes in the
// repository of what was verified when. A set with a problem ends it as failed, so that a schedule sees it.

import { workflowInfo } from '@temporalio/workflow';
import type {
  NoTopic,
  SetCheck,
  VerificationDetails,
  VerificationInput,
  VerificationResult,
} from '../../contracts/backup.ts';
import { quick, transferAt } from '../operation/activity-profiles.ts';
import { nameOf, passable } from '../operation/argument.ts';
import { failure } from '../operation/failure.ts';
import { runOperation } from '../operation/operation.ts';
import { bindActivities } from '../operation/summarized-activities.ts';
import { enter } from './steps.ts';

export async function verifyBackup(input: VerificationInput): Promise<VerificationResult> {
  const asked = nameOf(input?.set);
  const registry = asked.split('/')[0]!;
  return await runOperation<VerificationDetails, NoTopic, VerificationResult>(
    {
      kind: 'verification',
      subject: { kind: 'sets', name: registry },
      title: `verification of ${asked}`,
      details: { repository: '', registry, set: null },
    },
    async ({ board }) => {
      const { workflowId, runId } = workflowInfo();
      const subject = await quick.resolveVerification({
        input: passable(input) as VerificationInput,
        workflowId,
        runId,
      });
      bindActivities(subject.binding);
      const { repository, set, deepBytes } = subject;
      const name = `${subject.registry}/${set}`;
      Object.assign(board.status.details, { repository, registry: subject.registry, set });
      board.status.title = `verification of ${name} in ${repository}`;

      const there = transferAt(subject.boundTo);
      enter({ board }, 'check-set');
      const check = await there.checkSet(subject);
      enter({ board }, 'rehash-content');
      const deep = deepBytes === null ? null : await there.rehashContent({ ...subject, bytes: deepBytes });
      const failed = [check, ...(deep === null ? [] : [deep])].filter(({ problems }) => problems > 0);
      if (failed.length > 0) throw failure('SetInvalid', wordsOf(name, failed));
      await there.noteVerified(subject);
      const { tags, files, blobs, bytes } = check;
      const read = deep && { blobs: deep.blobs, bytes: deep.bytes, of: deep.of, oldest: deep.oldest };
      return {
        result: { set: name, repository, tags, files, blobs, bytes, deep: read },
        ended: 'The set is whole',
      };
    },
  );
}

type Failed = Pick<SetCheck, 'problems' | 'examples' | 'key'>;

export const wordsOf = (set: string, failed: Failed[]): string =>
  `${set} has ${failed.reduce((sum, { problems }) => sum + problems, 0)} problems: ${failed
    .flatMap(({ examples }) => examples)
    .map(({ what, reason }) => `${what} ${reason}`)
    .join('; ')}. All of them are in ${failed.map(({ key }) => key).join(' and ')} in the journal.`;
