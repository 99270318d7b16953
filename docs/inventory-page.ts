// The reference page of the inventory, from its JSON Schema: one table for each kind of thing in it.

type Schema = {
  description?: string;
  type?: string | string[];
  const?: string | number;
  enum?: string[];
  default?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | false;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
};

const EXAMPLE = `registries:
  prod:
    kind: dtr
    url: https://registry.example.com
    ca: { file: secrets/registry-ca.pem }
    username: admin
    password: { file: secrets/registry-password }
    ucp:
      url: https://ucp.example.com
      username: admin
      password: { file: secrets/ucp-password }
    bootstrapHost: node-1
    replicas:
      - { id: "0a1b2c3d4e5f", host: node-1, node: node-1.example.com, url: "https://10.0.0.1" }
    storage: prod-volume
    canaryRepository: admin/transship-canary

hosts:
  node-1:
    address: 10.0.0.1
    user: transship
    become: sudo -n
    key: { file: secrets/ssh-key }
    hostKeys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEl1WkMuN2ZpdmVleGFtcGxlZXhhbXBsZWV4YW1w

storages:
  prod-volume: { kind: host, host: node-1, volume: dtr-registry-0a1b2c3d4e5f }
  prod-nfs: { kind: host, host: node-1, nfs: { url: "nfs://10.0.0.9/export/dtr", options: "rw,nfsvers=4" } }
  s3-prod:
    kind: s3
    bucket: images
    region: eu-central-1
    accesskey: { env: S3_ACCESS_KEY }
    secretkey: { env: S3_SECRET_KEY }
  azure-prod:
    kind: azure
    accountname: exampleregistry
    accountkey: { file: secrets/azure-account-key }
    container: images
    legacyrootprefix: true
  gcs-prod: { kind: gcs, bucket: example-images, keyfile: { file: secrets/gcs-key.json } }
  swift-prod:
    kind: swift
    authurl: https://keystone.example.com/v3
    username: registry
    password: { file: secrets/swift-password }
    tenant: registry
    domain: Default
    container: images
  journal: { kind: filesystem, path: /var/lib/transship/journal }
  backups: { kind: filesystem, path: /var/lib/transship/backups }

journal: journal
repositories:
  main:
    storage: backups
    encryption: { passphrase: { file: secrets/backup-passphrase } }
    signing: { key: { file: secrets/backup-signing-key.pem } }
backups: main

approvals:
  plan: { expiresIn: 12h, approvers: [ops@example.com] }

copying:
  bandwidth: 50MiB/s
  timezone: Europe/Berlin
  timetable:
    - { days: [sat, sun], from: "00:00", to: "00:00", bandwidth: null }
    - { from: "22:00", to: "06:00", bandwidth: 400MiB/s }
`;

/** The example of the page, so that a test can check it. */
export const inventoryExample = EXAMPLE;

export function inventoryPage(schema: object): string {
  const root = schema as Schema;
  const sections = Object.entries(root.properties ?? {}).flatMap(([name, section]) =>
    tablesOf(name, section),
  );
  return `# The inventory

One YAML file says what the names in workflows mean. Only workers read it. A secret is never written in it: a reference
says where the worker finds it. \`transship inventory check FILE\` lists every mistake with its line, and unknown keys are mistakes.
The folders of storages of kind \`filesystem\`, such as those of a journal and of repositories, must exist: \`mkdir -p\` them first.
Editors check while you type with [inventory.schema.json](inventory.schema.json); put this in the first line:

\`\`\`yaml
# yaml-language-server: $schema=docs/reference/inventory.schema.json
\`\`\`

## Example

\`\`\`yaml
${EXAMPLE}\`\`\`

## Top level

${table(root)}

${sections.join('\n\n')}
`;
}

/** A table for each mapping with named keys below \`schema\`, under the path that leads to it. */
function tablesOf(path: string, schema: Schema): string[] {
  if (schema.properties && !isSecret(schema))
    return [
      `## \`${path}\`\n\n${table(schema)}`,
      ...Object.entries(schema.properties).flatMap(([key, value]) => tablesOf(`${path}.${key}`, value)),
    ];
  if (schema.additionalProperties) return tablesOf(`${path}.NAME`, schema.additionalProperties);
  if (schema.items) return tablesOf(`${path}[]`, schema.items);
  return (schema.oneOf ?? []).flatMap((one) => tablesOf(`${path} (${one.properties?.['kind']?.const})`, one));
}

function table(schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const needed = (schema.required ?? []).includes(key) ? 'required' : defaultOf(value);
    return `| \`${key}\` | ${typeOf(value)} | ${needed} | ${value.description ?? ''} |`;
  });
  return ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows].join('\n');
}

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (isSecret(schema)) return 'reference';
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(', ');
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.properties || schema.additionalProperties || schema.oneOf) return 'mapping';
  return [schema.type ?? ''].flat().join(', ');
}

const defaultOf = ({ default: value }: Schema): string => {
  if (value === undefined) return 'none';
  return typeof value === 'object' && Object.keys(value ?? {}).length === 0
    ? 'see below'
    : `\`${JSON.stringify(value)}\``;
};

const isSecret = ({ anyOf }: Schema): boolean => anyOf?.some((one) => one.properties?.['env']) ?? false;
