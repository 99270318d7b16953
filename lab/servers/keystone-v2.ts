// A stand-in for Keystone's API v2.0, which Keystone gave up in its release Queens and which older clouds still have.
// It answers requests for tokens as that API is documented, for users of the default domain, and gets the tokens and
// the catalogue from the lab's real Keystone, so that Swift accepts them.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type KeystoneV2 = { /** Ends in `/v2.0`. */ url: string; close(): Promise<void> };

const HOST = '127.0.0.1';
/** What the documented request may hold; the real API refuses everything else. */
const AUTH_FIELDS = new Set(['passwordCredentials', 'tenantName', 'tenantId']);

type V2Request = {
  auth?: {
    passwordCredentials?: { username?: string; password?: string };
    tenantName?: string;
    tenantId?: string;
  };
};

type V3Token = {
  token: {
    expires_at: string;
    project?: { id: string; name: string };
    catalog: {
      type: string;
      name: string;
      endpoints: { interface: string; region: string; url: string }[];
    }[];
  };
};

/** `v3Url`: of the lab's Keystone. */
export async function startKeystoneV2(v3Url: string): Promise<KeystoneV2> {
  const server: Server = createServer((request, response) => {
    void (async () => {
      const asked = await text(request);
      const isKnown = request.method === 'POST' && request.url === '/v2.0/tokens';
      const { status, body } = isKnown
        ? await giveToken(v3Url, JSON.parse(asked) as V2Request)
        : refused(404);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    })().catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${port}/v2.0`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function giveToken(v3Url: string, { auth }: V2Request): Promise<{ status: number; body: object }> {
  const { username, password } = auth?.passwordCredentials ?? {};
  const isKnown = Object.keys(auth ?? {}).every((field) => AUTH_FIELDS.has(field));
  if (auth === undefined || !isKnown || username === undefined || password === undefined) return refused(400);
  const domain = { id: 'default' };
  const project = auth.tenantId === undefined ? { name: auth.tenantName, domain } : { id: auth.tenantId };
  const isScoped = auth.tenantId !== undefined || auth.tenantName !== undefined;
  const answer = await fetch(`${v3Url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: username, password, domain } } },
        ...(isScoped ? { scope: { project } } : { scope: 'unscoped' }),
      },
    }),
  });
  const id = answer.headers.get('x-subject-token');
  if (id === null) return refused(answer.status);
  const { token } = (await answer.json()) as V3Token;
  return {
    status: 200,
    body: {
      access: {
        token: { id, expires: token.expires_at, ...(token.project && { tenant: token.project }) },
        serviceCatalog: isScoped
          ? token.catalog.map((service) => ({ ...service, endpoints: byRegion(service) }))
          : [],
        user: { username, roles: [] },
      },
    },
  };
}

/** v2.0 has one endpoint of three URLs for each region, where v3 has three endpoints. */
function byRegion({ endpoints }: V3Token['token']['catalog'][number]): Record<string, string>[] {
  const regions = new Map<string, Record<string, string>>();
  for (const { region, interface: face, url } of endpoints) {
    regions.set(region, { ...regions.get(region), region, [`${face}URL`]: url });
  }
  return [...regions.values()];
}

const refused = (code: number): { status: number; body: object } => ({
  status: code,
  body: { error: { code, message: 'refused', title: 'refused' } },
});
