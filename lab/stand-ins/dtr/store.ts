// The cluster's metadata store, in place of RethinkDB: one SQLite file that all replicas share. What DTR keeps in tables
// of documents is kept as documents; images have tables of their own (images.ts), because garbage collection joins them.

import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';

const BUSY_TIMEOUT_MS = 15_000;

/** The tables of a backup (dtr-msr.md §2.2), except those that images.ts owns. */
export const DOCUMENT_TABLES = [
  'client_tokens',
  'poll_mirroring_policies',
  'promotion_policies',
  'content_caches',
  'webhooks',
  'events',
  'scanned_layers',
  'layer_vuln_overrides',
  'changefeed',
  'scanned_images',
  'namespace_team_access',
  'tuf_files',
  'properties',
  'helm_charts',
  'pruning_policies',
  'repository_team_access',
  'push_mirroring_policies',
  'repositories',
  'user_settings',
  'metrics',
  'crons',
  'private_keys',
] as const;
export type DocumentTable = (typeof DOCUMENT_TABLES)[number];

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS documents (kind TEXT, id TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS tags (repository TEXT, name TEXT, digest TEXT NOT NULL, author TEXT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (repository, name)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS manifests (repository TEXT, digest TEXT, media_type TEXT NOT NULL, payload BLOB NOT NULL,
    created_ms INTEGER NOT NULL, PRIMARY KEY (repository, digest));
  CREATE TABLE IF NOT EXISTS manifest_refs (repository TEXT, manifest TEXT, kind TEXT, digest TEXT,
    PRIMARY KEY (repository, manifest, kind, digest)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS manifest_refs_target ON manifest_refs (repository, kind, digest);
  CREATE TABLE IF NOT EXISTS blobs (sha256sum TEXT PRIMARY KEY, id TEXT NOT NULL, media_type TEXT NOT NULL,
    created_ms INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS blob_links (repository TEXT, digest TEXT, created_ms INTEGER NOT NULL,
    PRIMARY KEY (repository, digest)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS blob_links_digest ON blob_links (digest);
  CREATE TABLE IF NOT EXISTS blob_locks (digest TEXT, holder TEXT, kind TEXT NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (digest, holder)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, action TEXT NOT NULL, status TEXT NOT NULL,
    worker TEXT NOT NULL, scheduled_at TEXT NOT NULL, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS job_logs (job TEXT, line INTEGER, data TEXT NOT NULL, PRIMARY KEY (job, line)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS replicas (id TEXT PRIMARY KEY, node TEXT NOT NULL, https_port INTEGER NOT NULL,
    health TEXT NOT NULL, read_only INTEGER NOT NULL, storage TEXT NOT NULL, at TEXT NOT NULL);
`;

type Body = { body: string };

export type Store = ReturnType<typeof openStore>;

export function openStore(file: string) {
  const db = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  // A push is acknowledged after its commit. NORMAL survives the death of every process, though not of the machine.
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  db.exec(SCHEMA);
  const statements = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const prepared = db.prepare(sql);
    statements.set(sql, prepared);
    return prepared;
  };
  const all = <Row>(sql: string, ...values: SQLInputValue[]): Row[] => statement(sql).all(...values) as Row[];
  const get = (sql: string, ...values: SQLInputValue[]): unknown => statement(sql).get(...values);
  const run = (sql: string, ...values: SQLInputValue[]): number =>
    Number(statement(sql).run(...values).changes);

  /** All or nothing, and nobody else writes meanwhile. `work` must not wait for anything. */
  const transaction = <T>(work: () => T): T => {
    db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      db.exec('COMMIT');
      return result;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  };

  return {
    all,
    get,
    run,
    transaction,
    close: (): void => db.close(),
    /** undefined where there is none. */
    document: (kind: DocumentTable, id: string): unknown => {
      const row = get('SELECT body FROM documents WHERE kind = ? AND id = ?', kind, id) as Body | undefined;
      return row === undefined ? undefined : JSON.parse(row.body);
    },
    documents: <T>(kind: DocumentTable): T[] =>
      all<Body>('SELECT body FROM documents WHERE kind = ? ORDER BY id', kind).map(
        (row) => JSON.parse(row.body) as T,
      ),
    putDocument: (kind: DocumentTable, id: string, body: unknown): void => {
      run(
        'INSERT OR REPLACE INTO documents (kind, id, body) VALUES (?, ?, ?)',
        kind,
        id,
        JSON.stringify(body),
      );
    },
    deleteDocument: (kind: DocumentTable, id: string): boolean =>
      run('DELETE FROM documents WHERE kind = ? AND id = ?', kind, id) > 0,
  };
}
