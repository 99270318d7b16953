// CNCF Distribution, the plain `registry`, as a product.

import type { DistributionRegistryEntry } from '../../../contracts/inventory.ts';
import { isCloud, type RawEntry } from '../../storage/storage-kinds.ts';
import type { Findings, Move, RegistryProduct } from '../product.ts';
import { isInContainer, pathOf, usesDirectory } from './place.ts';
import { chooseRecipe, majorOf } from './recipes.ts';
import { stepWords } from './steps.ts';

export const distribution: RegistryProduct<DistributionRegistryEntry> = {
  kind: 'distribution',
  words: {
    title: 'Distribution',
    isReadOnly: 'storage.maintenance.readonly in its configuration, and a push that must be refused',
    collectLater: 'run its garbage-collect while it is read-only',
    afterBringUp: [],
    clientTrust: 'the documentation of Distribution, storage.redirect',
    lostWithReplicas: 'nothing of it went with a replica',
  },
  hosts: [],
  mistakes: (entry) =>
    given(entry, 'username') === given(entry, 'password')
      ? []
      : ['must have both of username and password, or neither'],
  recipe: ({ version }, from, to, path) => chooseRecipe(version, from, to, path),
  preflight,
  usesDirectory,
  steps: stepWords,
};

const given = (entry: RawEntry, field: string): boolean => entry[field] !== undefined;

function preflight({ entry, state, source, destination }: Move<DistributionRegistryEntry>): Findings {
  const findings: string[] = [];
  const warnings: string[] = [
    'Its API lists no manifests without a tag. They are moved and proved with all other objects, and only those that an image of a tag needs are pulled afterwards.',
  ];
  const { entry: to, name } = destination;
  const readOnly = state.replicas.filter((replica) => replica.readOnly).map(({ id }) => id);
  if (readOnly.length > 0 && !state.readOnly)
    findings.push(
      `Only ${readOnly.join(', ')} of its replicas read-only: turn it off there and start again.`,
    );
  if (!isCloud(to)) {
    const path = pathOf(to);
    const inContainers = entry.replicas.filter(isInContainer).map(({ id }) => id);
    if (path === undefined)
      findings.push(
        `The destination ${name} is named as a volume or an export; Distribution is told of a path. Mount it, and name it as a path.`,
      );
    else if (inContainers.length > 0)
      findings.push(
        `The destination ${name} is a directory, and ${inContainers.join(', ')} run in containers, which see other paths. Change the mount of the container instead, after \`transship storage copy\`.`,
      );
    else
      warnings.push(
        `Every replica must see ${path} as the same directory${entry.replicas.length > 1 ? ', of one file server' : ''}, and must be allowed to write there.`,
      );
  }
  if (to.kind === 'azure') {
    const isOld = majorOf(state.version) === 2;
    if (isOld !== (to.legacyrootprefix === true))
      findings.push(
        `Distribution ${state.version} writes names of blobs ${isOld ? 'with' : 'without'} a leading "/" and ${name} says otherwise: set legacyrootprefix to ${isOld}.`,
      );
    if (isOld && (to.rootdirectory !== '' || to.serviceurl !== undefined))
      findings.push(
        `Distribution 2 can be told of an Azure storage by account and container alone; ${name} has a rootdirectory or serviceurl.`,
      );
  }
  if ((to.kind === 's3' || to.kind === 'swift') && to.rootca !== undefined)
    warnings.push(
      `Distribution cannot be told of a CA: the machines of its replicas must trust that of ${name} by themselves.`,
    );
  if (source.entry.kind === 'swift' && majorOf(state.version) === 2)
    warnings.push('Distribution 3 has no driver for Swift: after an upgrade there is no way back to it.');
  return { findings, warnings };
}
