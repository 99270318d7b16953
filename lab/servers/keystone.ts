// The lab's OpenStack Keystone: Debian's own, on SQLite. It knows two users `registry`, one in each of two domains and
// with passwords of their own, a trust, and a catalogue with two regions, of which the lab's Swift is the first.

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { startProcess, stopProcess } from '../process.ts';
import { runLines } from '../run-lines.ts';

export const KEYSTONE_ADMIN = { username: 'admin', password: 'lab-keystone-admin' };
export const REGION = 'RegionOne';
/** Its endpoints lead nowhere. */
export const OTHER_REGION = 'RegionTwo';

export type KeystoneUser = {
  username: string;
  password: string;
  domain: string;
  project: string;
  projectId: string;
};

export type Keystone = {
  /** Ends in `/v3`. */
  url: string;
  /** In Keystone's own domain, `Default`. */
  user: KeystoneUser;
  /** In the domain `lab`. */
  domainUser: KeystoneUser & { domainId: string };
  /** Of `domainUser`, for this user of the domain `lab` who has no project. */
  trust: { username: string; password: string; domain: string; trustId: string };
};

const HOST = '127.0.0.1';
const PROCESS = 'keystone';
const NOWHERE = 'http://127.0.0.1:9';
const PYTHON = '/usr/bin/python3';
/** Programs of Debian's packages, under Debian's Python, whatever comes first on PATH. */
const MANAGE = '/usr/bin/keystone-manage';
const SERVE = '/usr/bin/keystone-wsgi-public';

/** `swiftUrl`: of the Swift whose tokens it gives. Starts a new one under `<dir>/keystone`. */
export async function startKeystone(
  dir: string,
  options: { port: number; swiftUrl: string },
): Promise<Keystone> {
  const folder = join(dir, 'keystone');
  const url = `http://${HOST}:${options.port}/v3`;
  const config = join(folder, 'keystone.conf');
  await rm(folder, { recursive: true, force: true });
  await prepare(folder, config, url);
  await startProcess(dir, {
    name: PROCESS,
    command: PYTHON,
    args: [SERVE, '--host', HOST, '--port', String(options.port)],
    env: { PATH: process.env['PATH'], OS_KEYSTONE_CONFIG_FILES: config, OS_KEYSTONE_CONFIG_DIR: folder },
    ready: async () => (await fetch(url)).ok,
  });
  return await populate(url, options.swiftUrl);
}

export const stopKeystone = (dir: string): Promise<void> => stopProcess(dir, PROCESS);

async function prepare(folder: string, config: string, url: string): Promise<void> {
  for (const name of ['tokens', 'credentials'])
    await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  await writeFile(
    config,
    [
      '[DEFAULT]',
      'use_stderr = true',
      '[database]',
      `connection = sqlite:///${join(folder, 'keystone.db')}`,
      '[fernet_tokens]',
      `key_repository = ${join(folder, 'tokens')}`,
      '[credential]',
      `key_repository = ${join(folder, 'credentials')}`,
      '[token]',
      'provider = fernet',
      // As fast as it can be: the passwords guard nothing.
      '[identity]',
      'password_hash_rounds = 4',
      '[cache]',
      'enabled = false',
      '',
    ].join('\n'),
  );
  const manage = (...args: string[]): Promise<void> =>
    runLines(MANAGE, ['--config-file', config, ...args], {
      // The password goes by environment: arguments can be read by everybody on the machine.
      env: { ...process.env, OS_BOOTSTRAP_PASSWORD: KEYSTONE_ADMIN.password },
    });
  const { username, gid } = userInfo();
  const owner = ['--keystone-user', username, '--keystone-group', String(gid)];
  await manage('db_sync');
  // Else a request that reads would keep those from writing that follow it.
  const wal = `import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA journal_mode=WAL')`;
  await runLines(PYTHON, ['-c', wal, join(folder, 'keystone.db')]);
  await manage('fernet_setup', ...owner);
  await manage('credential_setup', ...owner);
  await manage(
    'bootstrap',
    '--bootstrap-username',
    KEYSTONE_ADMIN.username,
    '--bootstrap-region-id',
    REGION,
    '--bootstrap-public-url',
    url,
  );
}

async function populate(url: string, swiftUrl: string): Promise<Keystone> {
  const admin = await signIn(url, { ...KEYSTONE_ADMIN, domain: 'Default', project: 'admin' });
  const make = (kind: string, body: Record<string, unknown>, path = `${kind}s`): Promise<string> =>
    create(url, admin, path, { [kind]: body });

  const service = await make('service', { type: 'object-store', name: 'swift' });
  await make('region', { id: OTHER_REGION });
  for (const [region, face, server] of [
    // Whoever does not look at the region, or at the interface, gets a wrong one.
    [OTHER_REGION, 'public', NOWHERE],
    [REGION, 'internal', NOWHERE],
    [REGION, 'public', swiftUrl],
  ]) {
    const place = { service_id: service, region_id: region, interface: face };
    await make('endpoint', { ...place, url: `${server}/v1/KEY_$(project_id)s` });
  }
  const roles = (await call(url, admin, 'GET', 'roles?name=member')) as { roles: { id: string }[] };
  const role = roles.roles[0]?.id;
  const userIn = async (domain: string, domainId: string): Promise<KeystoneUser & { id: string }> => {
    const password = `lab-keystone-${domain}`;
    const projectId = await make('project', { name: 'images', domain_id: domainId });
    const id = await make('user', { name: 'registry', password, domain_id: domainId });
    await call(url, admin, 'PUT', `projects/${projectId}/users/${id}/roles/${role}`);
    return { id, username: 'registry', password, domain, project: 'images', projectId };
  };
  const user = await userIn('Default', 'default');
  const domainId = await make('domain', { name: 'lab' });
  const domainUser = await userIn('lab', domainId);

  const trustee = { username: 'trustee', password: 'lab-keystone-trustee', domain: 'lab' };
  const trusteeId = await make('user', {
    name: trustee.username,
    password: trustee.password,
    domain_id: domainId,
  });
  const trustId = await create(url, await signIn(url, domainUser), 'OS-TRUST/trusts', {
    trust: {
      trustor_user_id: domainUser.id,
      trustee_user_id: trusteeId,
      project_id: domainUser.projectId,
      impersonation: true,
      roles: [{ name: 'member' }],
    },
  });
  return { url, user, domainUser: { ...domainUser, domainId }, trust: { ...trustee, trustId } };
}

/** A token for the user's project. */
async function signIn(
  url: string,
  user: { username: string; password: string; domain: string; project: string },
): Promise<string> {
  const domain = { name: user.domain };
  const answer = await fetch(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: user.username, password: user.password, domain } },
        },
        scope: { project: { name: user.project, domain } },
      },
    }),
  });
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new Error(`Keystone answered ${answer.status} to ${user.username}`);
  return token;
}

async function create(url: string, token: string, path: string, body: object): Promise<string> {
  const made = (await call(url, token, 'POST', path, body)) as Record<string, { id: string }>;
  return Object.values(made)[0]?.id ?? '';
}

async function call(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const answer = await fetch(`${url}/${path}`, {
    method,
    headers: { 'x-auth-token': token, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Keystone answered ${answer.status} to ${method} ${path}: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
