// What of a registry's settings will be other after a restore, as far as it is known (dtr-msr.md §1.2, §1.3): what cannot be
// told again is named before anything is destroyed.

import type { DtrRegistryEntry } from '../../../contracts/inventory.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import type { Findings } from '../product.ts';

const FLAGS = { httpProxy: '--http-proxy', httpsProxy: '--https-proxy' };

export function judgeSettings(entry: DtrRegistryEntry, { settings }: RegistryState): Findings {
  const findings: string[] = [];
  const warnings: string[] = [];
  if (settings === undefined) return { findings, warnings };
  const { certificate, secretProxies, clientCertificates, singleSignOn } = settings;
  if (certificate === null && entry.restore?.key !== undefined)
    warnings.push(
      'The registry does not show its certificate, so the key of `restore.key` is not passed: "restore" may make a self-signed certificate.',
    );
  if (certificate?.keyFits === false)
    findings.push(
      `The key of \`restore.key\` is not that of the registry's certificate (${certificate.words}): "restore" would be given both.`,
    );
  if (certificate?.keyFits === null)
    warnings.push(
      `The private key of the registry's certificate (${certificate.words}) is not in the inventory (\`restore.key\`). Where the backup does not bring it, "restore" makes a self-signed certificate, which neither clients nor \`ca\` of the inventory trust.`,
    );
  for (const name of secretProxies)
    if (entry.restore?.[name] === undefined)
      warnings.push(
        `The registry's ${name} holds credentials, so it is not passed to "restore" as ${FLAGS[name]}, and may be unset afterwards: give it as \`restore.${name}\` in the inventory.`,
      );
  if (clientCertificates)
    warnings.push(
      'Client certificates are asked for, and "restore" has no flag for that: look at it afterwards, and `reconfigure` with --enable-client-cert-auth and --client-cert-auth-ca.',
    );
  if (!singleSignOn)
    warnings.push(
      'Single sign-on by UCP is off; --dtr-external-url, which "restore" needs, turns it on: turn it off afterwards.',
    );
  return { findings, warnings };
}
