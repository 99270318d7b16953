import { expect, it } from 'vitest';
import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import { bootstrapperArgv, type BootstrapperCommand, bootstrapperSetup } from './bootstrapper-command.ts';

const CA = { file: 'ucp-ca.pem' };
const entry: DtrRegistryEntry = {
  kind: 'dtr',
  url: 'https://dtr.example.com',
  username: 'admin',
  password: { env: 'DTR_PASSWORD' },
  ucp: { url: 'https://ucp.example.com', username: 'root', password: { env: 'UCP' }, insecureTls: false },
  bootstrapHost: 'node1',
  replicas: [],
  storage: 'old',
  canaryRepository: 'admin/canary',
};
const flags = (ucp: Partial<DtrRegistryEntry['ucp']>): string[] =>
  bootstrapperArgv(
    bootstrapperSetup({ ...entry, ucp: { ...entry.ucp, ...ucp } }),
    '2.7.9',
    { name: 'backup', replica: '000000000001' },
    'PEM',
  );

it('skips the verification of UCP only where the inventory says so', () => {
  expect(flags({}).join(' ')).not.toMatch(/--ucp-(ca|insecure-tls)/);
  expect(flags({ insecureTls: true })).toContain('--ucp-insecure-tls');
  expect(flags({ ca: CA }).slice(-2)).toEqual(['--ucp-ca', 'PEM']);
  expect(flags({ ca: CA, insecureTls: true })).not.toContain('--ucp-insecure-tls');
});

const reconfigure = (nfs: { url: string; options: string | null }): string[] =>
  bootstrapperArgv(
    bootstrapperSetup(entry),
    '2.7.9',
    { name: 'reconfigure', replica: '000000000001', storage: { nfs } },
    'PEM',
  );

it('names an export by its URL and options, and says that the content has moved', () => {
  const url = 'nfs://10.0.0.9/export';
  expect(reconfigure({ url, options: 'rw,nfsvers=4' }).join(' ')).toContain(
    `--nfs-storage-url ${url} --nfs-options rw,nfsvers=4 --storage-migrated`,
  );
  expect(reconfigure({ url, options: null }).join(' ')).toContain(
    `--nfs-storage-url ${url} --storage-migrated`,
  );
});

const line = (command: BootstrapperCommand): string =>
  bootstrapperArgv(bootstrapperSetup(entry), '2.7.9', command, 'PEM').join(' ');

it('keeps replicas on the ports that they have, and says nothing of those that everybody has', () => {
  const made = { replica: '000000000001', node: 'node1' };
  const ports = { http: 8080, https: 4443 };
  const flags = '--replica-http-port 8080 --replica-https-port 4443';
  expect(line({ name: 'restore', ...made, storage: { use: 'default' }, ports })).toContain(flags);
  expect(line({ name: 'join', ...made, existing: '000000000002', ports })).toContain(flags);
  const volume = { volume: 'images' };
  expect(line({ name: 'reconfigure', replica: made.replica, storage: volume, ports })).toContain(flags);
  for (const usual of [{}, { ports: { http: 80, https: 443 } }])
    expect(line({ name: 'join', ...made, existing: '000000000002', ...usual })).not.toContain('port');
});
