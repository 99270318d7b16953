// Repositories of the metadata store, named `namespace/name`.

import type { Store } from './store.ts';

export type Repository = {
  id: string;
  namespace: string;
  name: string;
  namespaceType: 'user' | 'organization';
  shortDescription: string;
  longDescription?: string;
  visibility: 'public' | 'private';
  enableManifestLists: boolean;
  immutableTags: boolean;
  scanOnPush: boolean;
  tagLimit: number;
  pulls: number;
  pushes: number;
};

export const getRepository = (store: Store, fullName: string): Repository | undefined =>
  store.document('repositories', fullName) as Repository | undefined;

export const listRepositories = (store: Store): Repository[] => store.documents<Repository>('repositories');

/** Leaves a repository that exists as it is. */
export function createRepository(
  store: Store,
  namespace: string,
  form: Partial<Repository> & { name: string },
): Repository {
  const known = getRepository(store, `${namespace}/${form.name}`);
  if (known !== undefined) return known;
  const repository: Repository = {
    id: crypto.randomUUID(),
    namespace,
    namespaceType: 'user',
    shortDescription: '',
    visibility: 'private',
    enableManifestLists: false,
    immutableTags: false,
    scanOnPush: false,
    tagLimit: 0,
    pulls: 0,
    pushes: 0,
    ...form,
  };
  store.putDocument('repositories', `${namespace}/${form.name}`, repository);
  return repository;
}

/** Its tags, manifests and links go too; the blobs go with the next garbage collection. */
export function deleteRepository(store: Store, fullName: string): boolean {
  return store.transaction(() => {
    for (const table of ['tags', 'manifest_refs', 'manifests', 'blob_links'])
      store.run(`DELETE FROM ${table} WHERE repository = ?`, fullName);
    return store.deleteDocument('repositories', fullName);
  });
}
