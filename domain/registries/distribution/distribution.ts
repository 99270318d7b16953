// CNCF Distribution, the plain `registry`, as a product.

import type { DistributionRegistryEntry } from '../../../contracts/inventory.ts';
import type { Finding } from '../../../contracts/finding.ts';
import type { RegistryState } from '../../../contracts/registry-activities.ts';
import { notes, stops, warns } from '../../finding.ts';
import { isCloud, type RawEntry } from '../../storage/storage-kinds.ts';
import type { Move, RegistryProduct } from '../product.ts';
import { isInContainer, pathOf, usesDirectory } from './place.ts';
import { chooseRecipe, majorOf } from './recipes.ts';
import { stepWords } from './steps.ts';

export const distribution: RegistryProduct<DistributionRegistryEntry> = {
  kind: 'distribution',
  keepsTagsInStorage: true,
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
  judgeState,
  preflight,
  usesDirectory,
  steps: stepWords,
};

const given = (entry: RawEntry, field: string): boolean => entry[field] !== undefined;

function judgeState({ replicas, readOnly }: RegistryState): Finding[] {
  const some = replicas.filter((replica) => replica.readOnly).map(({ id }) => id);
  return some.length > 0 && !readOnly
    ? [stops(`Only ${some.join(', ')} of its replicas read-only.`, 'Turn it off there and start again.')]
    : [];
}

function preflight({ entry, state, source, destination }: Move<DistributionRegistryEntry>): Finding[] {
  const findings: Finding[] = [
    notes(
      'Its API lists no manifests without a tag.',
      'They are moved and proved with all other objects, and only those that an image of a tag needs are pulled afterwards.',
    ),
  ];
  const { entry: to, name } = destination;
  if (!isCloud(to)) {
    const path = pathOf(to);
    const inContainers = entry.replicas.filter(isInContainer).map(({ id }) => id);
    if (path === undefined)
      findings.push(
        stops(
          `The destination ${name} is named as a volume or an export; Distribution is told of a path.`,
          'Mount it, and name it as a path.',
        ),
      );
    else if (inContainers.length > 0)
      findings.push(
        stops(
          `The destination ${name} is a directory, and ${inContainers.join(', ')} run in containers, which see other paths.`,
          'Change the mount of the container instead, after `transship storage copy`.',
        ),
      );
    else
      findings.push(
        warns(
          `Every replica must see ${path} as the same directory${entry.replicas.length > 1 ? ', of one file server' : ''}, and must be allowed to write there.`,
          'Look at it there, as the user that the registry runs as.',
        ),
      );
  }
  if (to.kind === 'azure') {
    const isOld = majorOf(state.version) === 2;
    if (isOld !== (to.legacyrootprefix === true))
      findings.push(
        stops(
          `Distribution ${state.version} writes names of blobs ${isOld ? 'with' : 'without'} a leading "/" and ${name} says otherwise.`,
          `Set legacyrootprefix to ${isOld}.`,
        ),
      );
    if (isOld && (to.rootdirectory !== '' || to.serviceurl !== undefined))
      findings.push(
        stops(
          `Distribution 2 can be told of an Azure storage by account and container alone; ${name} has a rootdirectory or serviceurl.`,
          'Name a container without them.',
        ),
      );
  }
  if ((to.kind === 's3' || to.kind === 'swift') && to.rootca !== undefined)
    findings.push(
      warns(
        `Distribution cannot be told of a CA: the machines of its replicas must trust that of ${name} by themselves.`,
        'Add it to the authorities of those machines first.',
      ),
    );
  if (source.entry.kind === 'swift' && majorOf(state.version) === 2)
    findings.push(
      warns(
        'Distribution 3 has no driver for Swift: after an upgrade there is no way back to it.',
        'Keep the version until you are sure.',
      ),
    );
  return findings;
}
