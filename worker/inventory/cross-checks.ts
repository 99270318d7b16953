// What a schema cannot say: that a name which is used stands somewhere, that ids are unique, that settings fit each
// other. It reads the file as it is, also where the schema found mistakes, so that one run lists all of them.

import { isRegistryKind, productOf } from '../../domain/registries/products.ts';
import { isStorageKind, kindOf } from '../../domain/storage/storage-kinds.ts';
import type { Mistake, Path } from './mistake.ts';

type Raw = Record<string, unknown>;

const SECTIONS = { host: 'hosts', storage: 'storages', registry: 'registries', repository: 'repositories' };
type Named = keyof typeof SECTIONS;

export function crossCheck(file: unknown): Mistake[] {
  const inventory = mapping(file);
  const hosts = mapping(inventory['hosts']);
  const storages = mapping(inventory['storages']);
  return [
    ...refers(inventory['journal'], ['journal'], 'storage', storages),
    ...refers(inventory['backups'], ['backups'], 'repository', mapping(inventory['repositories'])),
    ...Object.entries(storages).flatMap(([name, storage]) =>
      storageMistakes(mapping(storage), ['storages', name], hosts),
    ),
    ...Object.entries(mapping(inventory['registries'])).flatMap(([name, registry]) =>
      registryMistakes(mapping(registry), ['registries', name], hosts, storages),
    ),
    ...Object.entries(mapping(inventory['schedules'])).flatMap(([name, schedule]) =>
      scheduleMistakes(mapping(schedule), ['schedules', name], mapping(inventory['registries'])),
    ),
    ...commonMistakes(inventory, storages),
    ...repositoryMistakes(inventory),
    ...sharedMistakes(mapping(inventory['registries'])),
  ];
}

/** What is no mistake, and had better be known. */
export function remarksOn(file: unknown): Mistake[] {
  const inventory = mapping(file);
  return [
    ...Object.entries(mapping(inventory['registries']))
      .filter(([, registry]) => mapping(registry)['password'] !== undefined)
      .flatMap(([name, registry]) =>
        urlsOf(mapping(registry))
          .filter(({ url }) => url.startsWith('http:'))
          .map(({ path }) => ({
            path: ['registries', name, ...path],
            problem: 'http:// sends the password of an administrator in clear',
          })),
      ),
    ...Object.entries(mapping(inventory['storages'])).flatMap(([name, storage]) =>
      storageRemarks(mapping(storage), ['storages', name]),
    ),
  ];
}

export function storageRemarks(storage: Raw, path: Path): Mistake[] {
  const { kind } = storage;
  return isStorageKind(kind)
    ? kindOf({ kind })
        .remarks(storage)
        .map(({ field, problem }) => ({ path: [...path, field], problem }))
    : [];
}

/** Where the entry says that the registry, its replicas and its cluster are. */
function urlsOf(registry: Raw): { path: Path; url: string }[] {
  const replicas = Array.isArray(registry['replicas']) ? registry['replicas'].map(mapping) : [];
  const all = [
    { path: ['url'], url: registry['url'] },
    { path: ['ucp', 'url'], url: mapping(registry['ucp'])['url'] },
    ...replicas.map(({ url }, index) => ({ path: ['replicas', index, 'url'], url })),
  ];
  return all.flatMap(({ path, url }) =>
    typeof url === 'string' && URL.canParse(url) ? [{ path, url: new URL(url).href }] : [],
  );
}

/**
 * Two entries of one registry, or of one storage, would be moved at once: each sets read-only, switches and opens pushes
 * again under the other.
 */
function sharedMistakes(registries: Raw): Mistake[] {
  const seen = new Map<string, string>();
  const mistakes: Mistake[] = [];
  const claim = (what: string, value: unknown, path: Path, registry: string): void => {
    if (typeof value !== 'string') return;
    const owner = seen.get(`${what} ${value}`);
    if (owner === undefined) seen.set(`${what} ${value}`, registry);
    else if (owner !== registry) mistakes.push({ path, problem: `${owner} has this ${what} already` });
  };
  for (const [name, entry] of Object.entries(registries)) {
    const registry = mapping(entry);
    const path = ['registries', name];
    claim('storage', registry['storage'], [...path, 'storage'], name);
    // The cluster may have several registries.
    for (const { path: at, url } of urlsOf(registry))
      if (at[0] !== 'ucp') claim('URL', url, [...path, ...at], name);
    const replicas = Array.isArray(registry['replicas']) ? registry['replicas'].map(mapping) : [];
    for (const [index, { id }] of replicas.entries())
      claim('replica id', id, [...path, 'replicas', index, 'id'], name);
  }
  return mistakes;
}

function storageMistakes(storage: Raw, path: Path, hosts: Raw): Mistake[] {
  const { kind } = storage;
  if (!isStorageKind(kind)) return [];
  const { hosts: fields, mistakes } = kindOf({ kind });
  return [
    ...fields.flatMap((field) => refers(storage[field], [...path, field], 'host', hosts)),
    ...mistakes(storage).map((problem) => ({ path, problem })),
  ];
}

function registryMistakes(registry: Raw, path: Path, hosts: Raw, storages: Raw): Mistake[] {
  const replicas = Array.isArray(registry['replicas']) ? registry['replicas'].map(mapping) : [];
  const ids = replicas.map((replica) => replica['id']);
  const firstOf = new Map(ids.map((id, index) => [id, index] as const).toReversed());
  const { kind } = registry;
  const product = isRegistryKind(kind) ? productOf({ kind }) : undefined;
  return [
    ...refers(registry['storage'], [...path, 'storage'], 'storage', storages),
    ...(product?.mistakes(registry) ?? []).map((problem) => ({ path, problem })),
    ...(product?.hosts ?? []).flatMap((field) => refers(registry[field], [...path, field], 'host', hosts)),
    ...replicas.flatMap((replica, index) =>
      refers(replica['host'], [...path, 'replicas', index, 'host'], 'host', hosts),
    ),
    ...ids.flatMap((id, index) =>
      typeof id === 'string' && firstOf.get(id) !== index
        ? [{ path: [...path, 'replicas', index, 'id'], problem: 'another replica has this id' }]
        : [],
    ),
  ];
}

function scheduleMistakes(schedule: Raw, path: Path, registries: Raw): Mistake[] {
  const { registry, calendar, every, paused, note } = schedule;
  const mistake = (when: boolean, field: string, problem: string): Mistake[] =>
    when ? [{ path: [...path, field], problem }] : [];
  return [
    ...refers(registry, [...path, 'registry'], 'registry', registries),
    ...mistake(
      calendar === undefined && every === undefined,
      'calendar',
      'is missing: calendar or every says when',
    ),
    ...mistake(calendar !== undefined && every !== undefined, 'every', 'must not stand beside calendar'),
    ...mistake(paused === true && note === undefined, 'note', 'is missing: it says why it is paused'),
    ...mistake(paused !== true && note !== undefined, 'note', 'is for what is paused'),
  ];
}

/**
 * Neither the journal nor backups may lie in the storage that is being moved: their files would be copied along and then lost.
 * Every worker uses them, so they must not be where only some see them.
 */
function commonMistakes(inventory: Raw, storages: Raw): Mistake[] {
  const used = new Set(
    Object.values(mapping(inventory['registries'])).map((entry) => mapping(entry)['storage']),
  );
  const common: [Path, unknown][] = [
    [['journal'], inventory['journal']],
    ...Object.entries(mapping(inventory['repositories'])).map(([name, entry]): [Path, unknown] => [
      ['repositories', name, 'storage'],
      mapping(entry)['storage'],
    ]),
  ];
  return common.flatMap(([path, name]): Mistake[] => {
    if (typeof name !== 'string') return [];
    if (used.has(name)) return [{ path, problem: 'must not be the storage of a registry' }];
    return Object.hasOwn(storages, name) && mapping(storages[name])['boundTo'] !== undefined
      ? [{ path, problem: 'must not have boundTo: every worker uses it' }]
      : [];
  });
}

function repositoryMistakes(inventory: Raw): Mistake[] {
  const storages = mapping(inventory['storages']);
  const owners = new Map<unknown, string>();
  return Object.entries(mapping(inventory['repositories'])).flatMap(([name, entry]): Mistake[] => {
    const { storage, encryption } = mapping(entry);
    const path = ['repositories', name];
    const owner = owners.get(storage);
    if (typeof storage === 'string' && owner === undefined) owners.set(storage, name);
    return [
      ...refers(storage, [...path, 'storage'], 'storage', storages),
      ...(owner === undefined
        ? []
        : [{ path: [...path, 'storage'], problem: `the repository ${owner} lies there already` }]),
      ...(encryption === undefined
        ? []
        : encryptionProblems(mapping(encryption), name === inventory['backups'])
      ).map((problem) => ({ path: [...path, 'encryption'], problem })),
    ];
  });
}

/** `isRead`: a migration restores what it has backed up there. */
function encryptionProblems(encryption: Raw, isRead: boolean): string[] {
  const has = (field: string): boolean => encryption[field] !== undefined;
  if (has('passphrase') === has('recipients')) return ['must have exactly one of passphrase and recipients'];
  return [
    ...(has('passphrase') && (has('secretKey') || has('secretKeyPassphrase'))
      ? ['must have secretKey and secretKeyPassphrase only with recipients']
      : []),
    ...(has('secretKeyPassphrase') && !has('secretKey')
      ? ['must have the secretKey of secretKeyPassphrase']
      : []),
    ...(isRead && has('recipients') && !has('secretKey')
      ? ['must have a secretKey: migrations restore from this repository']
      : []),
  ];
}

function refers(name: unknown, path: Path, what: Named, known: Raw): Mistake[] {
  if (typeof name !== 'string' || Object.hasOwn(known, name)) return [];
  return [{ path, problem: `there is no ${what} of this name under ${SECTIONS[what]}` }];
}

const mapping = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
