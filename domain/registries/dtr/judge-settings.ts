// What of a registry's settings will be other after a restore, as far as it is known (dtr-msr.md §1.2, §1.3): what cannot be
// told again is named before anything is destroyed.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { Finding } from '../../../contracts/finding.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { stops, warns } from '../../finding.ts';

const FLAGS = { httpProxy: '--http-proxy', httpsProxy: '--https-proxy' };

export function judgeSettings(entry: DtrRegistryEntry, { settings }: RegistryState): Finding[] {
  if (settings === undefined) return [];
  const findings: Finding[] = [];
  const { certificate, secretProxies, clientCertificates, singleSignOn } = settings;
  if (certificate === null && entry.restore?.key !== undefined)
    findings.push(
      warns(
        'The registry does not show its certificate, so the key of `restore.key` is not passed: "restore" may make a self-signed certificate.',
        'Look at the certificate afterwards, and `reconfigure` with --dtr-cert and --dtr-key.',
      ),
    );
  if (certificate?.keyFits === false)
    findings.push(
      stops(
        `The key of \`restore.key\` is not that of the registry's certificate (${certificate.words}): "restore" would be given both.`,
        'Name the key of that certificate.',
      ),
    );
  if (certificate?.keyFits === null)
    findings.push(
      warns(
        `The private key of the registry's certificate (${certificate.words}) is not in the inventory. Where the backup does not bring it, "restore" makes a self-signed certificate, which neither clients nor \`ca\` of the inventory trust.`,
        'Name the key as `restore.key` in the inventory.',
      ),
    );
  for (const name of secretProxies)
    if (entry.restore?.[name] === undefined)
      findings.push(
        warns(
          `The registry's ${name} holds credentials, so it is not passed to "restore" as ${FLAGS[name]}, and may be unset afterwards.`,
          `Give it as \`restore.${name}\` in the inventory.`,
        ),
      );
  if (clientCertificates)
    findings.push(
      warns(
        'Client certificates are asked for, and "restore" has no flag for that.',
        'Look at it afterwards, and `reconfigure` with --enable-client-cert-auth and --client-cert-auth-ca.',
      ),
    );
  if (!singleSignOn)
    findings.push(
      warns(
        'Single sign-on by UCP is off; --dtr-external-url, which "restore" needs, turns it on.',
        'Turn it off afterwards.',
      ),
    );
  return findings;
}
