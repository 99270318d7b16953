import { expect, it } from 'vitest';
import { judgeAccess } from './judge-storage.ts';

const judged = (action: string, needed?: false) =>
  judgeAccess('destination', {
    describe: 's3://images',
    actions: [
      { action: 'list', ok: true },
      { action, ok: false, problem: 'AccessDenied', ...(needed === false && { needed }) },
    ],
    proof: 'server',
    proofNote: null,
  });

it.each([
  ['carry out s3:PutObject (UploadPart)', 'transship iam-policy'],
  ['be used with these credentials', 'secrets'],
  ['be found in this region', '`region`'],
  ['be found', 'Make it'],
  ['be served by its host', 'Install'],
  ['be shared with node2', 'same directory'],
  ['showmount -e 10.0.0.1 from node1', 'NFS client'],
  ['mount nfs://10.0.0.1/images on node1', 'NFS client'],
  ['write', 'Grant it'],
])('names what is refused, and what can be done: %s', (action, remedy) => {
  expect(judged(action)).toEqual([
    {
      severity: 'stops',
      reason: `The destination s3://images cannot ${action}: AccessDenied.`,
      remedy: expect.stringContaining(remedy) as string,
    },
  ]);
});

it('warns of what nothing fails without', () => {
  expect(judged('carry out s3:GetBucketLocation', false)).toMatchObject([{ severity: 'warns' }]);
});
