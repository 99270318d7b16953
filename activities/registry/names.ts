// Names that a registry gives are used in URLs, in paths and in lists: each is held to the grammar of Distribution first, so
// that none of them leads anywhere but to what it names.

import { TransshipError } from '../../domain/transship-error.ts';

const PART = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const REPOSITORY = new RegExp(`^${PART}(?:/${PART})*$`);
const MOST_REPOSITORY_CHARACTERS = 255;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,128}$/;
/** What is shown of a name that is none. */
const SHOWN_CHARACTERS = 80;

export const requireRepository = (name: string): string =>
  REPOSITORY.test(name) && name.length <= MOST_REPOSITORY_CHARACTERS ? name : refuse(name, 'repository');

export const requireTag = (name: string): string => (TAG.test(name) ? name : refuse(name, 'tag'));

export const requireDigest = (name: string): string => (DIGEST.test(name) ? name : refuse(name, 'digest'));

function refuse(name: string, of: string): never {
  throw new TransshipError(
    'RegistryRefused',
    `The registry names ${JSON.stringify(name.slice(0, SHOWN_CHARACTERS))}, which is no name of a ${of}: no client can pull it.`,
  );
}
