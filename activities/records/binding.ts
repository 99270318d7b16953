// The binding of a plan to the inventory that it was made from: a digest of every entry that it rests on. What may change
// while a migration runs is left out, because mending it is how a stuck one goes on: references to secrets, pinned host
// keys, and the name of the storage that the registry uses.

import { createHash } from 'node:crypto';
import type { Binding } from '../../contracts/binding.ts';
import type { Inventory } from '../../contracts/inventory.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { productOf } from '../../domain/registries/products.ts';

const LEFT_OUT = new Set(['hostKeys']);
/** It goes with every activity, and into every history. */
const DIGEST_CHARACTERS = 32;
const SECRET_KEYS = ['env', 'file', 'command'];

export function bindingOf(
  inventory: Inventory,
  { registry, source, destination }: { registry: string; source: string; destination: string },
): Binding {
  const entry = inventory.registries[registry]!;
  const { storage: _, ...place } = entry;
  const storages = [source, destination, inventory.journal, backupsStorage(inventory)];
  const hosts = new Set([
    ...entry.replicas.flatMap(({ host }) => host ?? []),
    ...productOf(entry).hosts.map((field) => (entry as unknown as Record<string, string>)[field]!),
    ...storages.flatMap((name) => hostOf(inventory, name)),
  ]);
  return {
    [`registry/${registry}`]: digestOf(place),
    ...Object.fromEntries(
      [source, destination].map((name) => [`storage/${name}`, digestOf(inventory.storages[name])]),
    ),
    journal: digestOf(inventory.storages[inventory.journal]),
    backups: digestOf(inventory.storages[backupsStorage(inventory)]),
    ...Object.fromEntries([...hosts].sort().map((name) => [`host/${name}`, digestOf(inventory.hosts[name])])),
  };
}

/** What of the binding means something else in this inventory. */
export function changedSince(inventory: Inventory, binding: Binding): string[] {
  const now = (what: string): unknown => {
    const [kind, name] = [what.split('/')[0], what.slice(what.indexOf('/') + 1)];
    if (kind === 'registry') {
      const { storage: _, ...place } = inventory.registries[name] ?? { storage: '' };
      return place;
    }
    if (kind === 'storage') return inventory.storages[name];
    if (kind === 'host') return inventory.hosts[name];
    return inventory.storages[what === 'journal' ? inventory.journal : backupsStorage(inventory)];
  };
  return Object.entries(binding)
    .filter(([what, digest]) => digest !== digestOf(now(what)))
    .map(([what]) => what);
}

const digestOf = (entry: unknown): string =>
  createHash('sha256')
    .update(canonicalJson(withoutSecrets(entry) ?? null))
    .digest('hex')
    .slice(0, DIGEST_CHARACTERS);

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (value === null || typeof value !== 'object') return value;
  const fields = Object.entries(value);
  if (fields.length === 1 && SECRET_KEYS.includes(fields[0]![0])) return undefined;
  return Object.fromEntries(
    fields.filter(([name]) => !LEFT_OUT.has(name)).map(([name, field]) => [name, withoutSecrets(field)]),
  );
}

const backupsStorage = ({ repositories, backups }: Inventory): string => repositories[backups]?.storage ?? '';

function hostOf({ storages }: Inventory, name: string): string[] {
  const { host } = (storages[name] ?? {}) as { host?: string };
  return host === undefined ? [] : [host];
}
