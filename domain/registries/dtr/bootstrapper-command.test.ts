import { expect, it } from 'vitest';
import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import {
  bootstrapperArgv,
  type BootstrapperCommand,
  bootstrapperLine,
  bootstrapperSetup,
  helpArgv,
  secretsOf,
} from './bootstrapper-command.ts';
import type { StorageOnHosts } from './storage-volume.ts';

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
const TEXTS = { ucpCa: 'PEM', certificate: 'CERT', ca: '' };
const flags = (ucp: Partial<DtrRegistryEntry['ucp']>): string[] =>
  bootstrapperArgv(
    bootstrapperSetup({ ...entry, ucp: { ...entry.ucp, ...ucp } }),
    '2.7.9',
    { name: 'backup', replica: '000000000001' },
    TEXTS,
  );

it('skips the verification of UCP only where the inventory says so', () => {
  expect(flags({}).join(' ')).not.toMatch(/--ucp-(ca|insecure-tls)/);
  expect(flags({ insecureTls: true })).toContain('--ucp-insecure-tls');
  expect(flags({ ca: CA }).slice(-2)).toEqual(['--ucp-ca', 'PEM']);
  expect(flags({ ca: CA, insecureTls: true })).not.toContain('--ucp-insecure-tls');
});

const line = (command: BootstrapperCommand): string =>
  bootstrapperArgv(bootstrapperSetup(entry), '2.7.9', command, TEXTS).join(' ');

const reconfigure = (storage: StorageOnHosts, migrated = true): string =>
  line({ name: 'reconfigure', replica: '000000000001', storage, migrated });

it('names an export by its URL and options, and says that the content has moved', () => {
  const url = 'nfs://10.0.0.9/export';
  const nfs = { url, options: null, isAsync: false };
  expect(reconfigure({ nfs: { ...nfs, options: 'rw,nfsvers=4' } })).toContain(
    `--nfs-storage-url ${url} --nfs-options rw,nfsvers=4 --storage-migrated`,
  );
  expect(reconfigure({ nfs })).toContain(`--nfs-storage-url ${url} --storage-migrated`);
  expect(reconfigure({ nfs: { ...nfs, isAsync: true } })).toContain(
    `--nfs-storage-url ${url} --async-nfs --storage-migrated`,
  );
  expect(reconfigure({ own: true })).toContain(`--nfs-storage-url  --storage-migrated`);
});

it('leaves the flag out where the tags stay anyway, and never erases them', () => {
  const words = reconfigure({ volume: 'images' }, false);
  expect(words).toContain('--dtr-storage-volume images --ucp-url');
  expect(words).not.toMatch(/storage-migrated|reinitialize/);
});

it('asks for help of the image that would be run, without a terminal and without a secret', () => {
  expect(helpArgv({ image: null }, '2.10.0', '--help').join(' ')).toBe(
    'docker run --rm --log-driver none registry.mirantis.com/msr/dtr:2.10.0 reconfigure --help',
  );
  expect(helpArgv({ image: 'mirror.example.com/dtr' }, '2.9.16', '--help-extended')).toContain(
    'mirror.example.com/dtr:2.9.16',
  );
});

it('keeps replicas on the ports that they have, and says nothing of those that everybody has', () => {
  const made = { replica: '000000000001', node: 'node1' };
  const ports = { http: 8080, https: 4443 };
  const flags = '--replica-http-port 8080 --replica-https-port 4443';
  expect(line({ name: 'restore', ...made, storage: { use: 'default' }, ports })).toContain(flags);
  expect(line({ name: 'join', ...made, existing: '000000000002', ports })).toContain(flags);
  const storage = { volume: 'images' };
  const { replica } = made;
  expect(line({ name: 'reconfigure', replica, storage, migrated: true, ports })).toContain(flags);
  for (const usual of [{}, { ports: { http: 80, https: 443 } }])
    expect(line({ name: 'join', ...made, existing: '000000000002', ...usual })).not.toContain('port');
});

const restore = {
  name: 'restore',
  replica: '000000000001',
  node: 'node1',
  storage: { use: 'default' },
} as const;
const SETTINGS = {
  externalUrl: 'https://dtr.example.com:4443',
  httpProxy: 'http://10.0.0.8:3128',
  httpsProxy: '',
  noProxy: '10.0.0.0/8,.example.com',
  logProtocol: 'tcp',
  logHost: '10.0.0.9:514',
  logLevel: 'WARN',
};

it('tells a restored registry of what it had, and of nothing that everybody has', () => {
  expect(line({ ...restore, settings: SETTINGS })).toContain(
    [
      '--dtr-external-url https://dtr.example.com:4443 --dtr-use-default-storage',
      '--http-proxy http://10.0.0.8:3128 --no-proxy 10.0.0.0/8,.example.com',
      '--log-protocol tcp --log-host 10.0.0.9:514 --log-level WARN --ucp-url',
    ].join(' '),
  );
  const usual = { externalUrl: '', httpProxy: '', httpsProxy: '', noProxy: '', logHost: '' };
  const said = line({ ...restore, settings: { ...usual, logProtocol: 'internal', logLevel: 'INFO' } });
  expect(said).not.toMatch(/proxy|--log-(protocol|host|level)/);
  expect(said).toContain('--dtr-external-url https://dtr.example.com ');
});

it('names the variables of secrets, and never passes a key without its certificate or the other way round', () => {
  const referred = { ...entry, restore: { key: { env: 'KEY' }, httpsProxy: { env: 'PROXY' } } };
  expect(secretsOf(referred, null)).toEqual(['httpsProxy']);
  expect(line({ ...restore, secrets: ['httpsProxy'] })).not.toMatch(/DTR_KEY|--dtr-cert/);
  const secrets = secretsOf(referred, 'CERT');
  const said = line({ ...restore, secrets });
  expect(said).toContain('--env UCP_PASSWORD --env DTR_KEY --env DTR_HTTPS_PROXY docker/dtr:2.7.9 restore');
  expect(said).toContain('--dtr-cert CERT');
  expect(said).not.toMatch(/--dtr-key|--https-proxy|--dtr-ca/);
  expect(bootstrapperLine(bootstrapperSetup(entry), '2.7.9', { ...restore, secrets })).toContain(
    '--dtr-cert "$(cat dtr-cert.pem)"',
  );
});
