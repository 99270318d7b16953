// Objects of a container with their true sizes. A listing shows no bytes for the manifest of a dynamic large object and
// for a symbolic link, so that those entries, and only those, are asked for one by one, several at once.

import { mapOrdered } from '../../concurrency/ordered-pool.ts';
import { type Container, type Entry, listEntries } from './container.ts';
import { type Described, describeObject } from './large-objects.ts';

export type Listed = Described & { name: string };

const ASKED_AHEAD = 32;
const FOLDER_TYPE = 'application/directory';

export async function* listObjects(
  container: Container,
  options: { prefix: string; after?: string; signal?: AbortSignal | undefined },
): AsyncGenerator<Listed> {
  const described = mapOrdered(listEntries(container, options), ASKED_AHEAD, async (entry) => {
    if (isFolder(entry)) return undefined;
    const told = await describeEntry(container, entry, options.signal);
    return told && { ...told, name: entry.name };
  });
  for await (const object of described) if (object !== undefined) yield object;
}

async function describeEntry(
  container: Container,
  entry: Entry,
  signal: AbortSignal | undefined,
): Promise<Described | undefined> {
  if (entry.bytes === 0 || entry.symlink_path !== undefined) {
    return await describeObject(container, entry.name, { signal });
  }
  if (entry.slo_etag !== undefined) return { size: entry.bytes, manifest: { kind: 'slo' } };
  if (!container.capabilities.marksStaticLargeObjects) return { size: entry.bytes };
  return { size: entry.bytes, md5: entry.hash };
}

/** What some tools put where a file system has a folder; the registry has none. */
const isFolder = ({ name, bytes, content_type }: Entry): boolean =>
  bytes === 0 && (name.endsWith('/') || content_type.startsWith(FOLDER_TYPE));
