// Blobs in a Swift container, as Distribution's `swift` driver lays them out: objects below `files/`, and the segments of
// large ones beside it. A small client of its own, for tempauth and Keystone 3 alike.

import { BLOBS, blobKeys, hexOfKey, textOf } from './blob-layout.ts';
import type { BlobStorage } from './blob-layout.ts';

type Account = { url: string; token: string };
type ListedObject = { name: string; last_modified: string };

const PAGE_SIZE = 1000;

export function swiftStorage(parameters: Record<string, unknown>): BlobStorage {
  const text = textOf(parameters);
  const container = encodeURIComponent(text('container'));
  const prefix = text('prefix').replaceAll(/^\/+|\/+$/g, '');
  const root = prefix === '' ? 'files/' : `${prefix}/files/`;

  /** With the segments that the object's manifest names. */
  const removeObject = async (account: Account, key: string): Promise<void> => {
    const object = `${container}/${encodePath(key)}`;
    const head = await send(account, 'HEAD', object, [404]);
    const manifest = head.headers.get('x-object-manifest');
    if (manifest !== null) {
      const [place = '', ...start] = decodeURIComponent(manifest).split('/');
      for await (const { name } of listAll(account, encodeURIComponent(place), start.join('/')))
        await send(account, 'DELETE', `${encodeURIComponent(place)}/${encodePath(name)}`, [404]);
    }
    await send(account, 'DELETE', object, [404]);
  };

  return {
    section: { swift: parameters },
    probe: async () => {
      await listPage(await logIn(text), container, { prefix: root, limit: '1' });
    },
    async *list() {
      for await (const { name, last_modified } of listAll(await logIn(text), container, `${root}${BLOBS}`)) {
        const hex = hexOfKey(name);
        // Times are in UTC without saying so.
        if (hex !== undefined) yield { digest: `sha256:${hex}`, modifiedMs: Date.parse(`${last_modified}Z`) };
      }
    },
    async remove(digests) {
      const account = await logIn(text);
      for (const key of blobKeys(digests)) await removeObject(account, `${root}${key}`);
    },
  };
}

async function listPage(
  account: Account,
  from: string,
  query: Record<string, string>,
): Promise<ListedObject[]> {
  const parametersOfPage = new URLSearchParams({ format: 'json', limit: String(PAGE_SIZE), ...query });
  const answer = await send(account, 'GET', `${from}?${parametersOfPage.toString()}`);
  return (await answer.json()) as ListedObject[];
}

async function* listAll(account: Account, from: string, start: string): AsyncGenerator<ListedObject> {
  let marker = '';
  for (;;) {
    const page = await listPage(account, from, { prefix: start, marker });
    yield* page;
    if (page.length < PAGE_SIZE) return;
    marker = page.at(-1)?.name ?? '';
  }
}

async function logIn(text: (name: string) => string): Promise<Account> {
  return text('authversion') === '3' || /\/v3\/?$/.test(text('authurl')) ? logIn3(text) : logIn1(text);
}

async function logIn1(text: (name: string) => string): Promise<Account> {
  const answer = await fetch(text('authurl'), {
    headers: { 'x-auth-user': text('username'), 'x-auth-key': text('password') },
  });
  return accountOf(answer, answer.headers.get('x-storage-url'), answer.headers.get('x-auth-token'));
}

async function logIn3(text: (name: string) => string): Promise<Account> {
  const domain = text('domainid') === '' ? { name: text('domain') || 'Default' } : { id: text('domainid') };
  const project = text('tenantid') === '' ? { name: text('tenant'), domain } : { id: text('tenantid') };
  const user = { name: text('username'), domain, password: text('password') };
  const answer = await fetch(`${text('authurl').replace(/\/+$/, '')}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: { identity: { methods: ['password'], password: { user } }, scope: { project } },
    }),
  });
  type Service = { type: string; endpoints: { interface: string; region: string; url: string }[] };
  const { token } = (await answer.json()) as { token?: { catalog: Service[] } };
  const endpoint = token?.catalog
    .find(({ type }) => type === 'object-store')
    ?.endpoints.find(
      (one) =>
        one.interface === (text('endpointtype') || 'public') &&
        (text('region') === '' || one.region === text('region')),
    );
  return accountOf(answer, endpoint?.url ?? null, answer.headers.get('x-subject-token'));
}

function accountOf(answer: Response, url: string | null, token: string | null): Account {
  if (answer.ok && url !== null && token !== null) return { url, token };
  throw new Error(`Swift does not let the user in: ${answer.status} ${answer.statusText}`);
}

async function send(
  { url, token }: Account,
  method: string,
  path: string,
  tolerated: number[] = [],
): Promise<Response> {
  const answer = await fetch(`${url}/${path}`, { method, headers: { 'x-auth-token': token } });
  if (answer.ok || tolerated.includes(answer.status)) return answer;
  throw new Error(`Swift answered ${answer.status} ${answer.statusText} to ${method} ${path.split('?')[0]}`);
}

const encodePath = (key: string): string => key.split('/').map(encodeURIComponent).join('/');
