// The stand-in DTR as the lab's registry.

import { DtrApi } from '../content/dtr-api.ts';
import { bootstrapHost } from './lab-config.ts';
import type { LabRegistry } from './lab-registry.ts';
import {
  ADMIN,
  CANARY_REPOSITORY,
  eraseRegistry,
  externalUrl,
  installRegistry,
  replicaIdOf,
  replicaNodes,
  startReplicas,
  stopRegistry,
  UCP_URL,
  writeStandInConfig,
} from './registry.ts';
import { sourceNameOf } from './storages.ts';

export const dtrRegistry: LabRegistry = {
  title: ({ version }) => `DTR ${version} (stand-in)`,
  healthPath: '/_ping',
  async up(dir, lab, parts, progress) {
    await writeStandInConfig(dir, lab, parts);
    if (lab.installed) await startReplicas(dir);
    else await installRegistry(dir, lab, parts, progress);
  },
  stop: stopRegistry,
  erase: eraseRegistry,
  openApi: (access) => new DtrApi(access),
  entry(_dir, lab, { certificates, passwordFile }) {
    const password = { file: passwordFile };
    return {
      kind: 'dtr',
      url: externalUrl(lab),
      ca: { file: certificates.ca },
      username: ADMIN,
      password,
      ucp: { url: UCP_URL, username: ADMIN, password, insecureTls: true },
      bootstrapHost: bootstrapHost(lab),
      replicas: replicaNodes(lab).map((node, index) => ({
        id: replicaIdOf(index),
        host: node.name,
        node: node.name,
        url: `https://${node.address}:${node.httpsPort}`,
      })),
      storage: sourceNameOf(lab.storage),
      canaryRepository: CANARY_REPOSITORY,
    };
  },
};
