// `transship iam-policy` as people and scripts run it. That the policy is enough, and not more, a real server shows in
// test/storage/s3-rights.test.ts.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordedIo } from '../../../test/client/recorded-io.ts';
import { GOOD_INVENTORY } from '../../../test/support/inventory-file.ts';
import { runCli } from '../run-cli.ts';

const MORE = `storages:
  s3-china: { kind: s3, bucket: images, region: cn-north-1, rootdirectory: /a/b/ }
  azure: { kind: azure, accountname: images, accountkey: { env: KEY }, container: layers, legacyrootprefix: true }
  gcs: { kind: gcs, bucket: layers }
  swift: { kind: swift, authurl: "https://k.example.com/v3", username: registry, password: { env: KEY }, container: layers, tenant: prod }
`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'transship-iam-'));
  await writeFile(path.join(folder, 'inventory.yaml'), GOOD_INVENTORY.replace('storages:\n', MORE));
});
afterAll(async () => rm(folder, { recursive: true }));

async function printed(...args: string[]) {
  const io = recordedIo();
  const code = await runCli(['iam-policy', ...args, '--inventory', path.join(folder, 'inventory.yaml')], io);
  return { code, stdout: io.stdout(), stderr: io.stderr() };
}

test('prints a policy that IAM takes, for this bucket and folder alone', async () => {
  const { code, stdout, stderr } = await printed('s3-china');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
        Resource: 'arn:aws-cn:s3:::images',
      },
      {
        Effect: 'Allow',
        Action: [
          's3:GetObject',
          's3:PutObject',
          's3:DeleteObject',
          's3:AbortMultipartUpload',
          's3:ListMultipartUploadParts',
        ],
        Resource: 'arn:aws-cn:s3:::images/a/b/*',
      },
    ],
  });
  expect(stderr).toContain('role that the machines');
  const { stdout: whole, stderr: keys } = await printed('s3-prod');
  expect(whole).toContain('"arn:aws:s3:::images/*"');
  expect(keys).toContain('user whose access key');
});

test.each([
  ['azure', 'key of the account images'],
  ['gcs', 'roles/storage.objectAdmin) on the bucket layers'],
  ['swift', 'in the container layers of the project prod'],
  ['local', 'user of the host node-1 must read and write the volume dtr-registry-0a1b2c3d4e5f'],
  ['files', 'must read and write /srv/transship'],
])('says in words what %s must permit', async (name, words) => {
  const { code, stdout, stderr } = await printed(name);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(words);
  expect(JSON.parse((await printed(name, '--json')).stdout)).toMatchObject({ policy: null });
});

test('knows no storage that the inventory does not have', async () => {
  expect(await printed('toString')).toMatchObject({ code: 2, stdout: '' });
});
