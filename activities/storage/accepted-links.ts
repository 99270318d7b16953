// Links of a directory that the inventory accepts by name. What lies behind one is a storage of its own at the place that was
// accepted: no link is ever followed by opening it, so that one which leads elsewhere by now leads nobody anywhere. Before
// each listing, and at its end, every accepted link must be there and lead to its place, with something in it, because a
// disk that is not mounted would look like a registry that lost its blobs. Nothing is written or removed behind a link: a storage with links is a source.

import { basename, dirname } from 'node:path/posix';
import type { FailureType } from '../../contracts/failures.ts';
import { mergeListings } from '../../domain/storage/merge-listings.ts';
import { TransshipError } from '../../domain/transship-error.ts';
import { compareKeys } from './byte-order.ts';
import { boundMethods } from './safe-keys.ts';
import type { Storage, StoredObject } from './storage.ts';

/** Where a link of a name leads, without a link on the way. `emptyFolder`: there is nothing but folders. */
export type Led = { to: string; is: 'file' | 'folder' | 'emptyFolder' } | 'no link' | 'nothing there';

/** What each kind of directory does in its own way. */
export type LinkedDirectory = {
  /** Of each key, in this order. `StorageMismatch` for a directory that is not there. */
  follow(this: void, keys: string[], signal?: AbortSignal): Promise<Led[]>;
  /** The directory of this real path, and never another that a link leads to. */
  openAt(this: void, folder: string): Storage;
};

type ListOptions = Parameters<Storage['list']>[0];
type Objects = AsyncIterable<StoredObject>;
/** `tree` holds what has `link/` in front, `file` the one object that is the link itself. */
type Behind = { link: string; to: string; tree: Storage; file: Storage };

/** `links`: real paths by the keys of the links. Changes the storage itself, which others know it by, and returns it. */
export function withAcceptedLinks(
  storage: Storage,
  links: Readonly<Record<string, string>> = {},
  { follow, openAt }: LinkedDirectory,
): Storage {
  const names = Object.keys(links);
  if (names.length === 0) return storage;
  const behind = Object.entries(links).map(([link, to]): Behind => ({
    link,
    to,
    tree: openAt(to),
    file: openAt(dirname(to)),
  }));
  // A link can lie behind another: the longest name counts.
  behind.sort((a, b) => b.link.length - a.link.length);
  const own = boundMethods(storage);
  const close = storage.close.bind(storage);

  const wrong = (link: string, problem: string, type: FailureType = 'InvalidInput'): TransshipError =>
    new TransshipError(type, `${storage.describe}: ${link} ${problem}`, { key: link });
  const behindOf = (key: string): Behind | undefined =>
    behind.find(({ link }) => key === link || key.startsWith(`${link}/`));
  const placeOf = (key: string): { holder: Storage; name: string } => {
    const found = behindOf(key);
    if (found === undefined) return { holder: own, name: key };
    const { link, to, tree, file } = found;
    if (key === link) return { holder: file, name: basename(to) };
    return { holder: tree, name: key.slice(link.length + 1) };
  };

  /** Returns the links to folders. */
  const requireLinks = async (signal: AbortSignal | undefined): Promise<Set<string>> => {
    const found = await follow(names, signal);
    const toFolders = new Set<string>();
    for (const [at, link] of names.entries()) {
      const led = found[at];
      if (led === 'nothing there')
        throw wrong(link, 'is not there, or what it leads to is not: is it mounted?', 'StorageMismatch');
      if (led === undefined || led === 'no link')
        throw wrong(link, `is no link, and the inventory accepts one to ${links[link]}`);
      if (led.to !== links[link])
        throw wrong(link, `leads to ${led.to}, and the inventory accepts a link to ${links[link]}`);
      // Nobody accepts a link to an empty folder, and every disk that is not mounted leaves one.
      if (led.is === 'emptyFolder')
        throw wrong(link, 'leads to an empty folder: is it mounted?', 'StorageMismatch');
      if (led.is === 'folder') toFolders.add(link);
    }
    return toFolders;
  };

  /** Without the accepted links themselves. Whatever else lies in the place of one came there since it was looked at. */
  async function* heldBy(listing: Objects, holder: Behind | undefined, inFront: string): Objects {
    for await (const object of listing) {
      const key = inFront + object.key;
      const belongsTo = behindOf(key);
      if (belongsTo === holder && key !== holder?.link) yield { ...object, key };
      else if (belongsTo?.link !== key || object.flaw === undefined)
        throw wrong(belongsTo?.link ?? key, 'is no link any more');
    }
  }

  async function* theFile({ link }: Behind, { prefix = '', after = '', signal }: ListOptions): Objects {
    if (!link.startsWith(prefix) || (after !== '' && compareKeys(link, after) <= 0)) return;
    const { holder, name } = placeOf(link);
    const found = await holder.stat(name, signal && { signal });
    if (found !== undefined) yield { key: link, ...found };
  }

  const theTree = (holder: Behind, { prefix = '', after = '', signal }: ListOptions): Objects[] => {
    const inFront = `${holder.link}/`;
    const isWanted = inFront.startsWith(prefix) || prefix.startsWith(inFront);
    const isLater = after === '' || after.startsWith(inFront) || compareKeys(inFront, after) > 0;
    if (!isWanted || !isLater) return [];
    const rest = {
      prefix: prefix.slice(inFront.length),
      after: after.startsWith(inFront) ? after.slice(inFront.length) : '',
      ...(signal && { signal }),
    };
    return [heldBy(holder.tree.list(rest), holder, inFront)];
  };

  const linked: Partial<Storage> = {
    async *list(options) {
      const toFolders = await requireLinks(options.signal);
      const trees = behind.flatMap((one) =>
        toFolders.has(one.link) ? theTree(one, options) : [theFile(one, options)],
      );
      yield* trees.reduce(inOneOrder, heldBy(own.list(options), undefined, ''));
      // What went meanwhile would look like the end of what is there.
      await requireLinks(options.signal);
    },
    async stat(key, options) {
      const { holder, name } = placeOf(key);
      return await holder.stat(name, options);
    },
    async read(key, options) {
      const { holder, name } = placeOf(key);
      return await holder.read(name, options);
    },
    async *readMany(keys, options) {
      for (let from = 0; from < keys.length;) {
        const { holder } = placeOf(keys[from] as string);
        let to = from + 1;
        while (to < keys.length && placeOf(keys[to] as string).holder === holder) to += 1;
        const asked = new Map(keys.slice(from, to).map((key) => [placeOf(key).name, key]));
        for await (const item of holder.readMany([...asked.keys()], options))
          yield { ...item, key: asked.get(item.key) as string };
        from = to;
      }
    },
    ...(own.readLent && {
      readLent(key, options) {
        const { holder, name } = placeOf(key);
        return holder.readLent!(name, options);
      },
    }),
    async close() {
      await close();
      for (const { tree, file } of behind) {
        await tree.close();
        await file.close();
      }
    },
  };
  return Object.assign(storage, linked, { links });
}

async function* inOneOrder(left: Objects, right: Objects): Objects {
  for await (const both of mergeListings(left, right, compareKeys)) yield both.left ?? both.right;
}
