// `/repositories`: repositories, tags and manifests (dtr-msr.md §3.7).

import { Hono } from 'hono';
import { deleteManifest, deleteTag, getManifest, getTag } from '../images.ts';
import type { ManifestRow, TagRow } from '../images.ts';
import { parseManifest } from '../manifest.ts';
import type { Replica } from '../replica-context.ts';
import { createRepository, deleteRepository, getRepository, listRepositories } from '../repositories.ts';
import type { Repository } from '../repositories.ts';
import type { Store } from '../store.ts';
import { ApiError, readJson } from './errors.ts';
import { page } from './paging.ts';

const fullNameOf = ({ namespace, name }: Repository): string => `${namespace}/${name}`;

export function repositoryRoutes({ store, version }: Replica): Hono {
  const routes = new Hono();
  const requireRepository = (namespace: string, name: string): string => {
    if (getRepository(store, `${namespace}/${name}`) === undefined)
      throw new ApiError(
        404,
        'NO_SUCH_REPOSITORY',
        'A repository with the given name does not exist for the account.',
      );
    return `${namespace}/${name}`;
  };

  routes.get('/repositories', (context) =>
    context.json({ repositories: page(context, listRepositories(store), fullNameOf) }),
  );
  routes.get('/repositories/:namespace', (context) => {
    const { namespace } = context.req.param();
    const own = listRepositories(store).filter((repository) => repository.namespace === namespace);
    return context.json({ repositories: page(context, own, fullNameOf) });
  });
  routes.post('/repositories/:namespace', async (context) => {
    const { namespace } = context.req.param();
    const { name, ...form } = await readJson<Repository>(context);
    if (typeof name !== 'string' || name === '')
      throw new ApiError(400, 'INVALID_JSON', 'The repository has no name.');
    if (getRepository(store, `${namespace}/${name}`) !== undefined)
      throw new ApiError(400, 'REPOSITORY_EXISTS', 'A repository with the same name already exists.');
    return context.json(createRepository(store, namespace, { ...form, name }), 201);
  });
  routes.get('/repositories/:namespace/:name', (context) => {
    const { namespace, name } = context.req.param();
    return context.json(getRepository(store, requireRepository(namespace, name)));
  });
  routes.delete('/repositories/:namespace/:name', (context) => {
    const { namespace, name } = context.req.param();
    deleteRepository(store, requireRepository(namespace, name));
    return context.body(null, 204);
  });

  routes.get('/repositories/:namespace/:name/tags', (context) => {
    const { namespace, name } = context.req.param();
    const fullName = requireRepository(namespace, name);
    const tags = store.all<TagRow>('SELECT * FROM tags WHERE repository = ? ORDER BY name', fullName);
    return context.json(page(context, tags, (tag) => tag.name).map((tag) => describeTag(store, tag)));
  });
  routes.get('/repositories/:namespace/:name/tags/:reference', (context) => {
    const { namespace, name, reference } = context.req.param();
    const tag = getTag(store, requireRepository(namespace, name), reference);
    if (tag === undefined)
      throw new ApiError(404, version.noSuchReference, 'A reference with the given name does not exist.');
    return context.json([describeTag(store, tag)]);
  });
  routes.delete('/repositories/:namespace/:name/tags/:tag', (context) => {
    const { namespace, name, tag } = context.req.param();
    if (!deleteTag(store, requireRepository(namespace, name), tag))
      throw new ApiError(
        404,
        'NO_SUCH_TAG',
        'A tag with the given name does not exist for the given repository.',
      );
    return context.body(null, 204);
  });
  routes.get('/repositories/:namespace/:name/manifests', (context) => {
    const { namespace, name } = context.req.param();
    const fullName = requireRepository(namespace, name);
    const manifests = store.all<ManifestRow>(
      'SELECT * FROM manifests WHERE repository = ? ORDER BY digest',
      fullName,
    );
    return context.json(page(context, manifests, ({ digest }) => digest).map(describeManifest));
  });
  routes.delete('/repositories/:namespace/:name/manifests/:reference', (context) => {
    const { namespace, name, reference } = context.req.param();
    if (!deleteManifest(store, requireRepository(namespace, name), reference))
      throw new ApiError(404, version.noSuchReference, 'A reference with the given name does not exist.');
    return context.body(null, 204);
  });
  return routes;
}

function describeTag(store: Store, tag: TagRow): unknown {
  const manifest = getManifest(store, tag.repository, tag.digest);
  return {
    name: tag.name,
    digest: tag.digest,
    author: tag.author,
    createdAt: tag.created_at,
    updatedAt: tag.updated_at,
    hashMismatch: false,
    inNotary: false,
    manifest: manifest === undefined ? { digest: tag.digest } : describeManifest(manifest),
  };
}

function describeManifest(row: ManifestRow): unknown {
  const { config, layers } = parseManifest(row.payload, row.media_type);
  return {
    digest: row.digest,
    mediaType: row.media_type,
    createdAt: new Date(row.created_ms).toISOString(),
    ...(config === undefined ? {} : { configDigest: config.digest, configMediaType: config.mediaType }),
    dockerfile: layers.map(({ digest, size, mediaType, urls }) => ({
      layerDigest: digest,
      size,
      mediaType,
      urls,
      line: '',
      isEmpty: false,
    })),
    size: layers.reduce((sum, { size }) => sum + size, config?.size ?? 0),
  };
}
