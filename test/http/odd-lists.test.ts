// Lists of a registry that are not what they say: in a circle, without an end, empty by a hiccup, with names that lead
// elsewhere.

import { afterEach, expect, test } from 'vitest';
import { HttpConnection } from '../../activities/http/http-connection.ts';
import { DtrClient } from '../../activities/registry/dtr/dtr-client.ts';
import type { Dtr } from '../../activities/registry/dtr/dtr.ts';
import { listRepositories, listTags, removeTag } from '../../activities/registry/dtr/tags.ts';
import { type OddServer, startOddServer } from './odd-server.ts';

const DIGEST = `sha256:${'0'.repeat(64)}`;

let server: OddServer;
let connection: HttpConnection;
afterEach(async () => {
  await connection.close();
  await server.stop();
});

const admin = async () => ({ username: 'admin', password: 'unimportant' });

type Page = { body: unknown; headers?: Record<string, string> };

async function open(pageAt: (start: string) => Page): Promise<Dtr> {
  server = await startOddServer((request, response) => {
    const start = new URL(request.url ?? '', 'http://x').searchParams.get('pageStart') ?? '';
    const { body, headers = {} } = pageAt(start);
    response.writeHead(200, headers).end(JSON.stringify(body));
  });
  connection = new HttpConnection({ signal: new AbortController().signal, onProgress: () => undefined });
  return { api: new DtrClient(connection, server.url, admin) } as Dtr;
}

const tagsOf = async (dtr: Dtr): Promise<unknown[]> => await Array.fromAsync(listTags(dtr, 'dev/app'));

test('pages that go A, B, A, B end', async () => {
  const dtr = await open((start) => ({
    body: [{ name: start || 'first', digest: DIGEST }],
    headers: { 'x-next-page-start': start === 'a' ? 'b' : 'a' },
  }));
  await expect(tagsOf(dtr)).rejects.toMatchObject({ type: 'RegistryUnhealthy' });
  expect(server.requests).toHaveLength(3);
});

test('an empty list is believed only where the count says so too', async () => {
  const nothing = await open(() => ({ body: { repositories: null }, headers: { 'x-resource-count': '0' } }));
  expect(await Array.fromAsync(listRepositories(nothing))).toEqual([]);
  await connection.close();
  await server.stop();
  const hiccup = await open(() => ({ body: { repositories: null }, headers: { 'x-resource-count': '7' } }));
  await expect(Array.fromAsync(listRepositories(hiccup))).rejects.toMatchObject({
    type: 'RegistryUnhealthy',
    message: expect.stringContaining('none of the 7 records'),
  });
});

test('a list with a name that leads elsewhere is refused, and no such name is asked for', async () => {
  const dtr = await open(() => ({
    body: [{ name: 'transship-probe-x/../../../../admin/settings', digest: DIGEST }],
  }));
  await expect(tagsOf(dtr)).rejects.toMatchObject({ type: 'RegistryRefused' });
  await expect(removeTag(dtr, 'dev/app', 'x/../../y')).rejects.toMatchObject({ type: 'RegistryRefused' });
  await expect(removeTag(dtr, '../x', 'y')).rejects.toMatchObject({ type: 'RegistryRefused' });
  expect(server.requests).toEqual(['GET /api/v0/repositories/dev/app/tags?pageSize=200&count=true']);
});
