// The rows of a metadata backup, table by table, and back (dtr-msr.md §2.2, §5.3). The format of a row is not public: it is
// one JSON document here.

import { DOCUMENT_TABLES } from './store.ts';
import type { DocumentTable, Store } from './store.ts';
import { putReferences } from './images.ts';
import type { ManifestRow, TagRow } from './images.ts';
import { parseManifest, referencesOf } from './manifest.ts';

export type Rows = Record<string, unknown[]>;

type TagDocument = {
  name: string;
  repository: string;
  digest: string;
  author: string;
  createdAt: string;
  updatedAt: string;
};
type ManifestDocument = {
  digest: string;
  repository: string;
  mediaType: string;
  payload: string;
  createdAt: string;
};
type BlobDocument = { id: string; sha256sum: string; mediaType: string; createdAt: string };
type LinkDocument = { namespace: string; repository: string; digest: string; createdAt: string };

const time = (ms: number): string => new Date(ms).toISOString();

/** Every table, the empty ones too, as of one moment. */
export function readRows(store: Store): Rows {
  return store.transaction(() => ({
    ...Object.fromEntries(DOCUMENT_TABLES.map((table) => [table, store.documents<unknown>(table)])),
    tags: store.all<TagRow>('SELECT * FROM tags').map((row) => ({
      pk: `${row.repository}:${row.name}`,
      name: row.name,
      repository: row.repository,
      digest: row.digest,
      digestPK: `${row.repository}@${row.digest}`,
      author: row.author,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    })),
    manifests: store.all<ManifestRow>('SELECT * FROM manifests').map(manifestDocument),
    blobs: store
      .all<{ sha256sum: string; id: string; media_type: string; created_ms: number }>('SELECT * FROM blobs')
      .map((row): BlobDocument => ({
        id: row.id,
        sha256sum: row.sha256sum,
        mediaType: row.media_type,
        createdAt: time(row.created_ms),
      })),
    blob_links: store
      .all<{ repository: string; digest: string; created_ms: number }>('SELECT * FROM blob_links')
      .map((row): LinkDocument => {
        const [namespace = '', repository = ''] = row.repository.split('/');
        return { namespace, repository, digest: row.digest, createdAt: time(row.created_ms) };
      }),
  }));
}

function manifestDocument(row: ManifestRow): unknown {
  const { config, layers } = parseManifest(row.payload, row.media_type);
  return {
    pk: `${row.repository}@${row.digest}`,
    digest: row.digest,
    repository: row.repository,
    mediaType: row.media_type,
    layers: layers.map(({ digest, size, mediaType, urls }) => ({
      digest,
      size,
      mediaType,
      dockerfileLine: '',
      urls,
    })),
    configDigest: config?.digest ?? '',
    createdAt: time(row.created_ms),
    payload: Buffer.from(row.payload).toString('base64'),
  };
}

/** Fills a new store; tables that it does not know are left out. */
export function writeRows(store: Store, rows: Rows): void {
  store.transaction(() => {
    for (const table of DOCUMENT_TABLES)
      for (const [at, row] of (rows[table] ?? []).entries())
        store.putDocument(table, idOf(table, row, at), row);
    for (const row of (rows['blobs'] ?? []) as BlobDocument[])
      store.run(
        'INSERT INTO blobs VALUES (?, ?, ?, ?)',
        row.sha256sum,
        row.id,
        row.mediaType,
        Date.parse(row.createdAt),
      );
    for (const row of (rows['blob_links'] ?? []) as LinkDocument[])
      store.run(
        'INSERT INTO blob_links VALUES (?, ?, ?)',
        `${row.namespace}/${row.repository}`,
        row.digest,
        Date.parse(row.createdAt),
      );
    for (const row of (rows['manifests'] ?? []) as ManifestDocument[]) {
      const payload = Buffer.from(row.payload, 'base64');
      store.run(
        'INSERT INTO manifests VALUES (?, ?, ?, ?, ?)',
        row.repository,
        row.digest,
        row.mediaType,
        payload,
        Date.parse(row.createdAt),
      );
      putReferences(store, row.repository, row.digest, referencesOf(parseManifest(payload, row.mediaType)));
    }
    for (const row of (rows['tags'] ?? []) as TagDocument[])
      store.run(
        'INSERT INTO tags VALUES (?, ?, ?, ?, ?, ?)',
        row.repository,
        row.name,
        row.digest,
        row.author,
        row.createdAt,
        row.updatedAt,
      );
  });
}

function idOf(table: DocumentTable, row: unknown, at: number): string {
  const document = row as Record<string, string | undefined>;
  if (table === 'properties') return document['key'] ?? String(at);
  if (table === 'crons') return document['action'] ?? String(at);
  if (table === 'repositories') return `${document['namespace']}/${document['name']}`;
  return document['id'] ?? String(at);
}
