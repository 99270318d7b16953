// The plain registry as the lab's: Distribution itself. One process beside the worker, or three on the hosts behind the load
// balancer, over a folder that all of them see, be it an export of NFS, or over S3.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorageEntry } from '../../contracts/inventory.ts';
import { PlainApi } from '../content/plain-api.ts';
import { listProcesses, stopProcess } from '../process.ts';
import { googleEnvironment, googleFrontOf } from '../servers/google-front.ts';
import { plainEntryOf, PLAIN_PREFIX, startPlainRegistry } from '../servers/plain-registry.ts';
import { ensureGoProgram } from '../tools/ensure-servers.ts';
import type { LabConfig, MoreStorage, StorageChoice } from './lab-config.ts';
import type { LabRegistry } from './lab-registry.ts';
import { ADMIN, CANARY_REPOSITORY, externalUrl, replicaNodes, type RegistryParts } from './registry.ts';
import type { LabSite } from './sites.ts';
import { DESTINATION_VOLUME, S3_ROOT, SOURCE_BUCKET, SOURCE_VOLUME, sourceNameOf } from './storages.ts';

const releaseOf = ({ version }: LabConfig) => (version.startsWith('2') ? 'debian-2.8' : 'v3');
const STARTS_ON: readonly StorageChoice[] = ['volume', 'nfs', 's3'];
const VOLUMES: Record<LabSite, string> = { source: SOURCE_VOLUME, destination: DESTINATION_VOLUME };
const isBesideWorker = ({ replicas }: LabConfig): boolean => replicas === 1;

export const plainRegistry: LabRegistry = {
  title: ({ version }) => `Distribution ${version}`,
  healthPath: '/v2/',
  async up(dir, lab, parts, progress) {
    if (!STARTS_ON.includes(lab.storage))
      throw new Error(
        `The plain registry of the lab starts on ${STARTS_ON.join(', ')}, and not on ${lab.storage}.`,
      );
    if (releaseOf(lab) === 'v3') await ensureGoProgram('distribution', progress);
    await startPlainRegistry(dir, optionsOf(dir, lab, parts));
  },
  async stop(dir) {
    for (const { name } of await listProcesses(dir))
      if (name.startsWith(PLAIN_PREFIX)) await stopProcess(dir, name);
  },
  async erase(dir) {
    await this.stop(dir);
    await rm(join(dir, 'plain'), { recursive: true, force: true });
  },
  openApi: (access) => new PlainApi(access),
  entry(dir, lab, parts) {
    const { replicas, release, env } = optionsOf(dir, lab, parts);
    return {
      kind: 'distribution',
      url: externalUrl(lab),
      ca: { file: parts.certificates.ca },
      username: ADMIN,
      password: { file: parts.passwordFile },
      replicas: replicas.map((replica) => ({
        ...plainEntryOf(dir, release, replica, env),
        ...(isBesideWorker(lab) ? {} : { host: replica.id }),
      })),
      stateDir: join(dir, 'state'),
      storage: sourceNameOf(lab.storage),
      canaryRepository: CANARY_REPOSITORY,
    };
  },
  place(dir, lab, parts, storage, site): StorageEntry | undefined {
    const path = folderOf(dir, parts, storage, site);
    if (path !== undefined)
      return isBesideWorker(lab)
        ? { kind: 'filesystem', path }
        : { kind: 'host', host: lab.nodes[0]!.name, path };
    // Version 2 writes names of blobs with a "/" before them.
    return storage === 'azure' && releaseOf(lab) !== 'v3'
      ? ({ ...parts.more.azure?.entry(site), legacyrootprefix: true } as StorageEntry)
      : undefined;
  },
};

/** It is told of paths alone. */
function folderOf(
  dir: string,
  { more }: RegistryParts,
  storage: StorageChoice,
  site: LabSite,
): string | undefined {
  return storage === 'volume'
    ? join(dir, 'shared', VOLUMES[site], '_data')
    : more[storage as MoreStorage]?.folder?.(site);
}

function optionsOf(dir: string, lab: LabConfig, parts: RegistryParts) {
  const { certificates, password, s3 } = parts;
  const { gcs } = lab.morePorts;
  return {
    release: releaseOf(lab),
    replicas: replicaNodes(lab).map(({ name, address, httpsPort }) => ({
      id: name,
      address,
      port: httpsPort,
    })),
    certificates,
    user: ADMIN,
    password,
    env: gcs === undefined ? {} : googleEnvironment(googleFrontOf(dir, gcs)),
    driver:
      lab.storage === 's3'
        ? {
            s3: {
              bucket: SOURCE_BUCKET,
              region: s3.region,
              regionendpoint: s3.endpoint,
              rootdirectory: S3_ROOT,
              accesskey: s3.accessKey,
              secretkey: s3.secretKey,
              secure: false,
              ...(releaseOf(lab) === 'v3' && { forcepathstyle: true }),
            },
          }
        : { filesystem: { rootdirectory: folderOf(dir, parts, lab.storage, 'source') } },
  } as const;
}
