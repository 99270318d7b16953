import { expect, it } from 'vitest';
import { STORAGE_KINDS } from './storage-kinds.ts';

it.each(Object.entries(STORAGE_KINDS))(
  'of a storage of kind %s the registry can be shown to use it, or another one',
  (_kind, { isCloud, place, shown }) => {
    expect(place.length > 0).toBe(isCloud);
    expect(shown).toEqual(expect.arrayContaining([...place]));
  },
);
