// What a replica that is made anew has to be told: the ports that it listens on, and of a restored registry its proxies, its
// syslog, its certificate. No document promises that a backup brings them, and a command that is not told of them takes what
// is usual: a registry beside UCP, which has the usual ports, would come back where nobody reaches it. So they are read while
// it is up, and written down before the first replica goes. What may be a secret is not among them: it has references in the
// inventory.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { z } from 'zod';
import type {
  JobFolder,
  ReplicaPorts,
  ShownSettings,
  ToldSettings,
} from '../../../contracts/registry-activities.ts';
import { isMask } from '../../../domain/text/mask.ts';
import { fileOf } from '../../journal/keys.ts';
import { readRecord, writeRecord } from '../../journal/record.ts';
import type { Dtr } from './dtr.ts';
import { settingsShape } from './dtr-shapes.ts';

type Settings = z.infer<typeof settingsShape>;
type Ports = Record<string, ReplicaPorts>;
/** `certificate` and `ca`: PEM. */
type Remembered = { ports: Ports; settings: ToldSettings; certificate: string; ca: string };

export const portsIn = ({ replicaSettings }: Settings): Ports =>
  Object.fromEntries(
    Object.entries(replicaSettings ?? {}).flatMap(([id, settings]) =>
      settings === null ? [] : [[id, { http: settings.HTTPPort, https: settings.HTTPSPort }]],
    ),
  );

/** As the registry says it now. */
export async function portsOf({ api }: Dtr, replica: string): Promise<{ ports?: ReplicaPorts }> {
  return only(portsIn(await api.get('meta/settings', settingsShape)), replica);
}

/** For the plan: what is told, and what is known of what cannot be. */
export async function shownSettings(
  { entry, environment }: Pick<Dtr, 'entry' | 'environment'>,
  settings: Settings,
): Promise<ShownSettings> {
  const { webTLSCert, clientCertAuthEnabled, sso } = settings;
  const key = entry.restore?.key;
  const certificate = certificateIn(webTLSCert);
  return {
    told: toldIn(entry, settings),
    certificate:
      certificate === undefined
        ? null
        : {
            words: `${certificate.subject.replaceAll('\n', ', ')}, sha256 ${certificate.fingerprint256}`,
            keyFits: key === undefined ? null : isKeyOf(certificate, await environment.resolveSecret(key)),
          },
    secretProxies: PROXIES.filter((name) => hasCredentials(settings[name])),
    clientCertificates: clientCertAuthEnabled,
    singleSignOn: sso,
  };
}

const PROXIES = ['httpProxy', 'httpsProxy'] as const;

function toldIn(entry: Dtr['entry'], settings: Settings): ToldSettings {
  const dtrHost = unmasked(settings.dtrHost);
  const proxy = (name: (typeof PROXIES)[number]): string =>
    hasCredentials(settings[name]) || entry.restore?.[name] !== undefined ? '' : unmasked(settings[name]);
  return {
    externalUrl: dtrHost === '' || /^https?:\/\//.test(dtrHost) ? dtrHost : `https://${dtrHost}`,
    httpProxy: proxy('httpProxy'),
    httpsProxy: proxy('httpsProxy'),
    noProxy: unmasked(settings.noProxy),
    logProtocol: unmasked(settings.logProtocol),
    logHost: unmasked(settings.logHost),
    logLevel: unmasked(settings.logLevel),
  };
}

/** Whatever stands before an @ may be a password, also where the rest is no URL. */
const hasCredentials = (proxy: string): boolean => proxy.includes('@');

const unmasked = (value: string): string => (isMask(value) ? '' : value);

/** What is none would be told as one. */
const pemOrNone = (pem: string): string => (certificateIn(pem) === undefined ? '' : pem);

/** undefined: it shows none, or something else. */
function certificateIn(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

/** Never the parser's own message: it may quote the key. */
function isKeyOf(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

/** The first save of a job wins: a later one would miss the replicas that are gone. */
export async function rememberSettings({ api, entry, environment }: Dtr, job: JobFolder): Promise<void> {
  const journal = await environment.openStorage(environment.inventory.journal);
  const file = fileOf('settings', { job });
  if ((await readRecord<Remembered>(journal, file)) !== undefined) return;
  const settings = await api.get('meta/settings', settingsShape);
  await writeRecord(journal, file, {
    ports: portsIn(settings),
    settings: toldIn(entry, settings),
    certificate: pemOrNone(settings.webTLSCert),
    ca: pemOrNone(settings.webTLSCA),
  } satisfies Remembered);
}

export async function rememberedPorts(
  dtr: Dtr,
  job: JobFolder,
  replica: string,
): Promise<{ ports?: ReplicaPorts }> {
  return only((await remembered(dtr, job))?.ports ?? {}, replica);
}

/** undefined: nothing was taken down. */
export async function remembered({ environment }: Dtr, job: JobFolder): Promise<Remembered | undefined> {
  const journal = await environment.openStorage(environment.inventory.journal);
  return await readRecord<Remembered>(journal, fileOf('settings', { job }));
}

const only = (all: Ports, replica: string): { ports?: ReplicaPorts } =>
  all[replica] === undefined ? {} : { ports: all[replica] };
