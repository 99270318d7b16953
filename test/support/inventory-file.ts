// A whole inventory in which nothing is wrong; tests break one thing of it at a time.

import { expect } from 'vitest';
import { checkInventory } from '../../worker/inventory/load.ts';

const HOST_KEY = `ssh-ed25519 ${'A'.repeat(68)}`;

export const GOOD_INVENTORY = `registries:
  prod:
    kind: dtr
    url: https://registry.example.com
    username: admin
    password: { env: REGISTRY_PASSWORD }
    ucp:
      url: https://ucp.example.com
      username: admin
      password: { file: secrets/ucp }
    bootstrapHost: node-1
    replicas:
      - { id: "0a1b2c3d4e5f", host: node-1, node: node-1, url: "https://10.0.0.1" }
    storage: local
    canaryRepository: admin/transship-canary
hosts:
  node-1:
    address: 10.0.0.1
    user: root
    key: { command: [cat, /run/secrets/key] }
    hostKeys:
      - ${HOST_KEY}
storages:
  local: { kind: host, host: node-1, volume: dtr-registry-0a1b2c3d4e5f }
  s3-prod:
    kind: s3
    bucket: images
    region: eu-central-1
    accesskey: { env: S3_ACCESS }
    secretkey: { env: S3_SECRET }
  files: { kind: filesystem, path: /srv/transship }
journal: files
backups: main
approvals:
  plan: { expiresIn: 12h, approvers: [ops@example.com] }
repositories:
  main:
    storage: files
    encryption: { passphrase: { env: BACKUP_PASSPHRASE } }
    signing: { key: { env: BACKUP_SIGNING_KEY } }
`;

/** `LINE PATH: PROBLEM` of every mistake after `replace` was done to the good file. */
export function mistakesAfter(...replacements: [string, string][]): string[] {
  let text = GOOD_INVENTORY;
  for (const [from, to] of replacements) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  const checked = checkInventory(text);
  return 'inventory' in checked
    ? []
    : checked.mistakes.map(({ line, path, problem }) => `${line} ${path}: ${problem}`);
}
