// The gate before every storage: each way in asks the one rule for keys (domain/storage/safe-key.ts) and what this storage
// cannot hold before anything is done. Where a key came from does not matter: a listing, a work list of the journal or
// another storage.

import { unsafeKey } from '../../domain/storage/safe-key.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import type { Storage } from './storage.ts';

/** Changes the storage itself, which others know it by, and returns it. */
export function withSafeKeys<Kind extends Storage>(storage: Kind): Kind {
  const check = (key: string): void => requireSafe(storage, key);
  const real = { ...boundMethods(storage) };
  const gated: Partial<Storage> = {
    list(options) {
      // A prefix can end within a name.
      if (options.prefix) check(`${options.prefix}-`);
      return real.list(options);
    },
    async stat(key, options) {
      check(key);
      return await real.stat(key, options);
    },
    async writtenAt(keys, options) {
      keys.forEach(check);
      return await real.writtenAt(keys, options);
    },
    async read(key, options) {
      check(key);
      return await real.read(key, options);
    },
    async *readMany(keys, options) {
      keys.forEach(check);
      yield* real.readMany(keys, options);
    },
    async write(key, ...rest) {
      check(key);
      return await real.write(key, ...rest);
    },
    async create(key, ...rest) {
      check(key);
      return await real.create(key, ...rest);
    },
    async copyWithin(from, to, options) {
      check(from);
      check(to);
      await real.copyWithin(from, to, options);
    },
    async remove(keys, options) {
      keys.forEach(check);
      await real.remove(keys, options);
    },
    ...(real.readLent && {
      readLent(key, options) {
        check(key);
        return real.readLent!(key, options);
      },
    }),
    ...(real.writeLent && {
      async writeLent(key, ...rest) {
        check(key);
        return await real.writeLent!(key, ...rest);
      },
    }),
    ...(real.writeMany && {
      async writeMany(items, options) {
        for (const { key } of items) check(key);
        return await real.writeMany!(items, options);
      },
    }),
    ...(real.writeInParts && {
      async writeInParts(key, ...rest) {
        check(key);
        return await real.writeInParts!(key, ...rest);
      },
    }),
    ...(real.copyFrom && {
      async copyFrom(source, key, ...rest) {
        check(key);
        return await real.copyFrom!(source, key, ...rest);
      },
    }),
  };
  return Object.assign(storage, gated);
}

/** Why this storage has no object of this key, or could not hold one. */
export const flawOfKey = (storage: Storage, key: string): string | undefined =>
  unsafeKey(key) ?? storage.unfit?.(key);

/** `UnsafeKey` for what is no key anywhere, `InvalidInput` for one that only this storage cannot hold. */
function requireSafe(storage: Storage, key: string): void {
  const unsafe = unsafeKey(key);
  if (unsafe !== undefined) {
    throw new TransshipError('UnsafeKey', `${storage.describe}: ${JSON.stringify(key)} ${unsafe}`, { key });
  }
  const unfit = storage.unfit?.(key);
  if (unfit === undefined) return;
  throw new TransshipError('InvalidInput', `${storage.describe} cannot hold the object ${key}: it ${unfit}`, {
    key,
  });
}

/** Those that take keys, as they are now. */
export function boundMethods(storage: Storage): Storage {
  const names = [
    ...([
      'list',
      'stat',
      'writtenAt',
      'read',
      'readMany',
      'readLent',
      'write',
      'writeLent',
      'writeMany',
    ] as const),
    ...(['writeInParts', 'create', 'copyFrom', 'copyWithin', 'remove'] as const),
  ];
  const methods = names.map((name) => [name, (storage[name] as (() => unknown) | undefined)?.bind(storage)]);
  return Object.fromEntries(methods) as Storage;
}
