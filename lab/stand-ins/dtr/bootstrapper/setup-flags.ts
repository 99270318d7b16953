// What `install` and `restore` set besides the storage, and `reconfigure` changes (dtr-msr.md §1.2, §1.3). A restored registry
// has what its flags say and not what its backup had: "Pass on restore too if used".

import { readSettings, writeSettings, writeTlsKey } from '../settings.ts';
import type { Store } from '../store.ts';
import type { Values } from './parse.ts';

const FLAGS: [flag: string, setting: string, usual: string][] = [
  ['dtr-external-url', 'dtrHost', ''],
  ['http-proxy', 'httpProxy', ''],
  ['https-proxy', 'httpsProxy', ''],
  ['no-proxy', 'noProxy', ''],
  ['log-protocol', 'logProtocol', 'internal'],
  ['log-host', 'logHost', ''],
  ['log-level', 'logLevel', 'INFO'],
  ['dtr-ca', 'webTLSCA', ''],
  ['dtr-cert', 'webTLSCert', ''],
];

/** Of a new installation: what no flag names is as it always is. */
export function setUp(store: Store, values: Values): void {
  for (const [flag, setting, usual] of FLAGS) writeSettings(store, { [setting]: values.text(flag) ?? usual });
  writeSettings(store, { sso: values.text('dtr-external-url') !== undefined });
  writeTlsKey(store, values.text('dtr-key') ?? '');
}

/** Of one that there is: what no flag names stays. */
export function changeSetup(store: Store, values: Values): void {
  for (const [flag, setting] of FLAGS)
    writeSettings(store, { [setting]: values.text(flag) ?? readSettings(store)[setting]! });
  if (values.text('dtr-external-url') !== undefined) writeSettings(store, { sso: true });
  const key = values.text('dtr-key');
  if (key !== undefined) writeTlsKey(store, key);
}
