// The stand-in's HTTP API: jobs in both spellings, crons, paging, errors, token authentication, and a real client.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nextRun } from '../../lab/stand-ins/dtr/cron-schedule.ts';
import { digestOf, installReplicas, openStandIn, pushImage, runJob, until } from './dtr-stand-in.ts';
import type { StandIn } from './dtr-stand-in.ts';
import { mkdir, writeFile } from 'node:fs/promises';

let standIn: StandIn;

beforeAll(async () => {
  standIn = await openStandIn({ jobStatuses: 'queue' });
  await installReplicas(standIn, 1);
});
afterAll(() => standIn.close());

const bodyOf = (answer: { body: Buffer }): unknown => JSON.parse(answer.body.toString());

test('jobs end as they should, and a running one can be cancelled', async () => {
  expect(await runJob(standIn, 'false')).toBe('error');
  expect(await runJob(standIn, 'no-such-action')).toBe('error');
  const posted = await standIn.send(1, 'POST', '/api/v0/jobs', { action: 'sleep' });
  expect(posted.status).toBe(202);
  const { id, status } = bodyOf(posted) as { id: string; status: string };
  expect(status).toBe('waiting');
  const statusOf = async () => (await standIn.json<{ status: string }>(1, `/jobs/${id}`)).status;
  await until(async () => ((await statusOf()) === 'running' ? true : undefined));
  expect((await standIn.send(1, 'POST', `/api/v0/jobs/${id}/cancel`)).status).toBe(204);
  await until(async () => ((await statusOf()) === 'cancel' ? true : undefined));
  expect(await standIn.json(1, `/jobs/${id}/logs`)).toEqual(
    expect.arrayContaining([{ data: 'starting sleep', lineNum: 1 }]),
  );
  const { jobs } = await standIn.json<{ jobs: { id: string }[] }>(1, '/jobs?action=sleep&limit=1');
  expect(jobs.map((job) => job.id)).toEqual([id]);
  expect((await standIn.send(1, 'DELETE', `/api/v0/jobs/${id}`)).status).toBe(204);
  expect((await standIn.send(1, 'GET', `/api/v0/jobs/${id}`)).status).toBe(404);
});

test('a cron files its jobs until it is deleted; a schedule that is none is refused', async () => {
  const cron = { action: 'onlinegc_joblogs', schedule: '* * * * * *' };
  expect((await standIn.send(1, 'POST', '/api/v0/crons', { ...cron, schedule: 'weekly' })).status).toBe(400);
  expect((await standIn.send(1, 'POST', '/api/v0/crons', cron)).status).toBe(202);
  await until(async () => {
    const { jobs } = await standIn.json<{ jobs: { status: string }[] }>(1, '/jobs?action=onlinegc_joblogs');
    return jobs.some(({ status }) => status === 'done') ? true : undefined;
  });
  expect((await standIn.send(1, 'DELETE', '/api/v0/crons/onlinegc_joblogs')).status).toBe(204);
  expect((await standIn.send(1, 'GET', '/api/v0/crons/onlinegc_joblogs')).status).toBe(404);
});

test.for([
  ['0 0 1 * * 6', '2026-11-21T00:59:59.500Z', '2026-11-21T01:00:00.000Z'],
  ['0 */15 * * * *', '2026-11-21T10:15:00.000Z', '2026-11-21T10:30:00.000Z'],
  ['@weekly', '2026-11-21T10:00:00.000Z', '2026-11-22T00:00:00.000Z'],
  ['57 54 3 1 1 *', '2026-11-21T10:00:00.000Z', '2027-01-01T03:54:57.000Z'],
] as const)('%s after %s is %s', ([schedule, after, next]) => {
  expect(nextRun(schedule, new Date(after)).toISOString()).toBe(next);
});

test('tags come in pages, with the start of the next page and the count in headers', async () => {
  for (const tag of ['a', 'b', 'c']) await pushImage(standIn, 1, 'admin/pages', tag);
  const path = '/api/v0/repositories/admin/pages/tags?pageSize=2&count=true';
  const first = await standIn.send(1, 'GET', path);
  expect((bodyOf(first) as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(first.headers).toMatchObject({ 'x-next-page-start': 'c', 'x-resource-count': '3' });
  const second = await standIn.send(1, 'GET', `${path}&pageStart=c`);
  expect((bodyOf(second) as { name: string }[]).map(({ name }) => name)).toEqual(['c']);
  expect(second.headers['x-next-page-start']).toBeUndefined();
});

test("errors are DTR's, and without an account there is only /_ping", async () => {
  const missing = await standIn.send(1, 'GET', '/api/v0/repositories/admin/none/tags');
  expect(missing.status).toBe(404);
  expect(bodyOf(missing)).toMatchObject({ errors: [{ code: 'NO_SUCH_REPOSITORY' }] });
  const wrong = { authorization: `Basic ${Buffer.from('admin:wrong').toString('base64')}` };
  expect((await standIn.send(1, 'GET', '/api/v0/jobs', undefined, wrong)).status).toBe(401);
  expect(
    (await standIn.send(1, 'GET', '/auth/token?scope=repository:admin/a:pull', undefined, wrong)).status,
  ).toBe(401);
  expect((await standIn.send(1, 'GET', '/_ping', undefined, wrong)).status).toBe(200);
  const challenged = await standIn.send(1, 'GET', '/v2/');
  expect(challenged.status).toBe(401);
  expect(challenged.headers['www-authenticate']).toContain(`Bearer realm="${standIn.urlOf(1)}/auth/token"`);
});

test('a token for one repository does not open another, and a changed token opens nothing', async () => {
  await pushImage(standIn, 1, 'admin/mine', 'v1');
  const issued = await standIn.send(1, 'GET', '/auth/token?scope=repository:admin/mine:pull');
  const { token } = bodyOf(issued) as { token: string };
  const get = async (name: string, bearer: string) =>
    (await standIn.send(1, 'GET', `/v2/${name}/tags/list`, undefined, { authorization: `Bearer ${bearer}` }))
      .status;
  expect(await get('admin/mine', token)).toBe(200);
  expect(await get('admin/pages', token)).toBe(401);
  expect(await get('admin/mine', `${token.slice(0, -4)}AAAA`)).toBe(401);
});

test('a manifest whose blobs the repository does not have is refused', async () => {
  const image = await pushImage(standIn, 1, 'admin/app', 'v1');
  const tokens = await standIn.send(1, 'GET', '/auth/token?scope=repository:admin/elsewhere:pull,push');
  const authorization = { authorization: `Bearer ${(bodyOf(tokens) as { token: string }).token}` };
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', size: 1, digest: image.config },
      layers: [],
    }),
  );
  const put = () =>
    standIn.send(1, 'PUT', '/v2/admin/elsewhere/manifests/v1', manifest, {
      ...authorization,
      'content-type': type,
    });
  const refused = await put();
  expect(refused.status).toBe(400);
  expect(bodyOf(refused)).toMatchObject({ errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] });
  const mount = `/v2/admin/elsewhere/blobs/uploads/?mount=${image.config}&from=admin/app`;
  expect((await standIn.send(1, 'POST', mount, undefined, authorization)).status).toBe(201);
  expect((await put()).status).toBe(201);
});

test('skopeo pushes an OCI image, copies it by mounting, and pulls it again', async () => {
  const layout = join(standIn.dir, 'layout');
  const digest = await writeLayout(layout);
  const skopeo = (...args: string[]) =>
    promisify(execFile)('skopeo', args, { env: { PATH: process.env['PATH'], HOME: standIn.dir } });
  const account = ['admin', 'admin-password'].join(':');
  const remote = (name: string): string =>
    `docker://${standIn.urlOf(1).slice('https://'.length)}/admin/${name}:v1`;
  const insecure = '--insecure-policy';
  await skopeo(
    insecure,
    'copy',
    '--dest-creds',
    account,
    '--dest-tls-verify=false',
    `oci:${layout}:v1`,
    remote('oci'),
  );
  await skopeo(
    insecure,
    'copy',
    '--src-creds',
    account,
    '--src-tls-verify=false',
    '--dest-creds',
    account,
    '--dest-tls-verify=false',
    remote('oci'),
    remote('oci-copy'),
  );
  const { stdout } = await skopeo('inspect', '--creds', account, '--tls-verify=false', remote('oci-copy'));
  expect(JSON.parse(stdout)).toMatchObject({ Digest: digest });
  await skopeo(
    insecure,
    'copy',
    '--src-creds',
    account,
    '--src-tls-verify=false',
    remote('oci'),
    `oci:${layout}-2:v1`,
  );
});

/** A layout with one image of one layer; returns the digest of its manifest. */
async function writeLayout(folder: string): Promise<string> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes);
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const layer = await put(
    gzipSync(randomBytes(3 * 1024 * 1024)),
    'application/vnd.oci.image.layer.v1.tar+gzip',
  );
  const config = await put(
    Buffer.from(
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [layer.digest] },
      }),
    ),
    'application/vnd.oci.image.config.v1+json',
  );
  const manifest = await put(
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config,
        layers: [layer],
      }),
    ),
    'application/vnd.oci.image.manifest.v1+json',
  );
  const tagged = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [tagged] }));
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  return manifest.digest;
}
