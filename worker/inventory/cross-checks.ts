// What a schema cannot say: that a name which is used stands somewhere, that ids are unique, that settings fit each
// other. It reads the file as it is, also where the schema found mistakes, so that one run lists all of them.

import type { Mistake, Path } from './mistake.ts';

type Raw = Record<string, unknown>;

export function crossCheck(file: unknown): Mistake[] {
  const inventory = mapping(file);
  const hosts = mapping(inventory['hosts']);
  const storages = mapping(inventory['storages']);
  return [
    ...refers(inventory['journal'], ['journal'], 'storage', storages),
    ...refers(inventory['backups'], ['backups'], 'storage', storages),
    ...Object.entries(storages).flatMap(([name, storage]) =>
      storageMistakes(mapping(storage), ['storages', name], hosts),
    ),
    ...Object.entries(mapping(inventory['registries'])).flatMap(([name, registry]) =>
      registryMistakes(mapping(registry), ['registries', name], hosts, storages),
    ),
    ...journalMistakes(inventory),
  ];
}

function storageMistakes(storage: Raw, path: Path, hosts: Raw): Mistake[] {
  if (storage['kind'] === 'host') {
    const places = ['path', 'volume'].filter((key) => storage[key] !== undefined);
    return [
      ...refers(storage['host'], [...path, 'host'], 'host', hosts),
      ...(places.length === 1 ? [] : [{ path, problem: 'must have exactly one of path and volume' }]),
    ];
  }
  if (
    storage['kind'] === 's3' &&
    (storage['accesskey'] === undefined) !== (storage['secretkey'] === undefined)
  )
    return [{ path, problem: 'must have both of accesskey and secretkey, or neither' }];
  return [];
}

function registryMistakes(registry: Raw, path: Path, hosts: Raw, storages: Raw): Mistake[] {
  const replicas = Array.isArray(registry['replicas']) ? registry['replicas'].map(mapping) : [];
  const ids = replicas.map((replica) => replica['id']);
  return [
    ...refers(registry['storage'], [...path, 'storage'], 'storage', storages),
    ...refers(registry['bootstrapHost'], [...path, 'bootstrapHost'], 'host', hosts),
    ...replicas.flatMap((replica, index) =>
      refers(replica['host'], [...path, 'replicas', index, 'host'], 'host', hosts),
    ),
    ...ids.flatMap((id, index) =>
      typeof id === 'string' && ids.indexOf(id) < index
        ? [{ path: [...path, 'replicas', index, 'id'], problem: 'another replica has this id' }]
        : [],
    ),
  ];
}

/** The journal must not lie in the storage that is being moved: its files would be copied along and then lost. */
function journalMistakes(inventory: Raw): Mistake[] {
  const used = new Set(
    Object.values(mapping(inventory['registries'])).map((entry) => mapping(entry)['storage']),
  );
  return ['journal', 'backups'].flatMap((key) =>
    typeof inventory[key] === 'string' && used.has(inventory[key])
      ? [{ path: [key], problem: 'must not be the storage of a registry' }]
      : [],
  );
}

function refers(name: unknown, path: Path, what: 'host' | 'storage', known: Raw): Mistake[] {
  if (typeof name !== 'string' || Object.hasOwn(known, name)) return [];
  return [{ path, problem: `there is no ${what} of this name under ${what}s` }];
}

const mapping = (value: unknown): Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {};
