// Tags, manifests, layer links and blobs in the metadata store. What always holds: a tag's manifest exists, and what a
// manifest refers to was linked to its repository when the manifest was stored.

import type { Store } from './store.ts';

/** Both a stale lock of a dead replica and a push that hangs give way after this. */
const LOCK_LIFETIME_MS = 120_000;

export type ManifestRow = {
  repository: string;
  digest: string;
  media_type: string;
  payload: Uint8Array;
  created_ms: number;
};
export type TagRow = {
  repository: string;
  name: string;
  digest: string;
  author: string;
  created_at: string;
  updated_at: string;
};
export type Reference = { kind: 'blob' | 'manifest'; digest: string; mediaType: string };

export const isLinked = (store: Store, repository: string, digest: string): boolean =>
  store.get('SELECT 1 FROM blob_links WHERE repository = ? AND digest = ?', repository, digest) !== undefined;

export function linkBlob(store: Store, repository: string, digest: string): void {
  const now = Date.now();
  store.transaction(() => {
    store.run(
      'INSERT INTO blobs (sha256sum, id, media_type, created_ms) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      digest,
      crypto.randomUUID(),
      'application/octet-stream',
      now,
    );
    putLink(store, repository, digest, now);
  });
}

/** False where the blob is not linked to `from`: then there is nothing to mount. */
export function mountBlob(store: Store, from: string, repository: string, digest: string): boolean {
  return store.transaction(() => {
    if (!isLinked(store, from, digest)) return false;
    putLink(store, repository, digest, Date.now());
    return true;
  });
}

function putLink(store: Store, repository: string, digest: string, now: number): void {
  store.run(
    `INSERT INTO blob_links (repository, digest, created_ms) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET created_ms = excluded.created_ms`,
    repository,
    digest,
    now,
  );
}

export const getManifest = (store: Store, repository: string, digest: string): ManifestRow | undefined =>
  store.get('SELECT * FROM manifests WHERE repository = ? AND digest = ?', repository, digest) as
    | ManifestRow
    | undefined;

export const getTag = (store: Store, repository: string, name: string): TagRow | undefined =>
  store.get('SELECT * FROM tags WHERE repository = ? AND name = ?', repository, name) as TagRow | undefined;

export type NewManifest = {
  repository: string;
  digest: string;
  mediaType: string;
  payload: Uint8Array;
  references: Reference[];
  tag: string | undefined;
  author: string;
};

/** Stores a manifest and its tag at once; returns the references that the repository does not have, and then stores nothing. */
export function putManifest(store: Store, manifest: NewManifest): Reference[] {
  const { repository, digest, references, tag } = manifest;
  return store.transaction(() => {
    const missing = references.filter(({ kind, digest }) =>
      kind === 'blob'
        ? !isLinked(store, repository, digest)
        : store.get('SELECT 1 FROM manifests WHERE repository = ? AND digest = ?', repository, digest) ===
          undefined,
    );
    if (missing.length > 0) return missing;
    const now = Date.now();
    store.run(
      `INSERT INTO manifests (repository, digest, media_type, payload, created_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET created_ms = excluded.created_ms`,
      repository,
      digest,
      manifest.mediaType,
      manifest.payload,
      now,
    );
    putReferences(store, repository, digest, references);
    if (tag !== undefined)
      putTag(store, repository, tag, digest, manifest.author, new Date(now).toISOString());
    return [];
  });
}

export function putReferences(
  store: Store,
  repository: string,
  manifest: string,
  references: Reference[],
): void {
  for (const { kind, digest, mediaType } of references) {
    store.run('INSERT OR IGNORE INTO manifest_refs VALUES (?, ?, ?, ?)', repository, manifest, kind, digest);
    if (kind === 'blob') store.run('UPDATE blobs SET media_type = ? WHERE sha256sum = ?', mediaType, digest);
  }
}

export function putTag(
  store: Store,
  repository: string,
  name: string,
  digest: string,
  author: string,
  at: string,
): void {
  store.run(
    `INSERT INTO tags (repository, name, digest, author, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET digest = excluded.digest, author = excluded.author, updated_at = excluded.updated_at`,
    repository,
    name,
    digest,
    author,
    at,
    at,
  );
}

export const deleteTag = (store: Store, repository: string, name: string): boolean =>
  store.run('DELETE FROM tags WHERE repository = ? AND name = ?', repository, name) > 0;

/** Also removes the tags that name it. */
export const deleteManifest = (store: Store, repository: string, digest: string): boolean =>
  store.transaction(() => {
    store.run('DELETE FROM tags WHERE repository = ? AND digest = ?', repository, digest);
    store.run('DELETE FROM manifest_refs WHERE repository = ? AND manifest = ?', repository, digest);
    return store.run('DELETE FROM manifests WHERE repository = ? AND digest = ?', repository, digest) > 0;
  });

/** A new metadata store, as a switch of storages makes one: repositories and settings stay, images are forgotten. */
export function eraseImages(store: Store): void {
  for (const table of ['tags', 'manifest_refs', 'manifests', 'blob_links', 'blobs'])
    store.run(`DELETE FROM ${table}`);
}

/**
 * Keeps online GC away from a blob while its push is being finished; false while online GC is deleting that blob.
 * Without this, GC could delete the bytes of a blob whose push is acknowledged in the same moment.
 */
export const lockForPush = (store: Store, digest: string, upload: string): boolean =>
  store.transaction(() => {
    const now = Date.now();
    const taken = store.get(
      "SELECT 1 FROM blob_locks WHERE digest = ? AND kind = 'gc' AND at_ms > ?",
      digest,
      now - LOCK_LIFETIME_MS,
    );
    if (taken !== undefined) return false;
    store.run("INSERT OR REPLACE INTO blob_locks VALUES (?, ?, 'push', ?)", digest, upload, now);
    return true;
  });

export function unlock(store: Store, digest: string, holder: string): void {
  store.run('DELETE FROM blob_locks WHERE digest = ? AND holder = ?', digest, holder);
}

/**
 * Claims for deletion those of `digests` that no repository links and nobody is pushing; their rows go at once.
 * The caller deletes the bytes and then unlocks them (holder `gc`).
 */
export const lockForDeletion = (store: Store, digests: readonly string[]): string[] =>
  store.transaction(() => {
    const now = Date.now();
    return digests.filter((digest) => {
      const needed =
        store.get('SELECT 1 FROM blob_links WHERE digest = ?', digest) ??
        store.get('SELECT 1 FROM blob_locks WHERE digest = ? AND at_ms > ?', digest, now - LOCK_LIFETIME_MS);
      if (needed !== undefined) return false;
      store.run('DELETE FROM blobs WHERE sha256sum = ?', digest);
      store.run("INSERT OR REPLACE INTO blob_locks VALUES (?, 'gc', 'gc', ?)", digest, now);
      return true;
    });
  });
