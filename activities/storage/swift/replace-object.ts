// Puts an object in the place of another one: the new one stands before the segments of the old one go.

import type { Container } from './container.ts';
import { type Described, describeObject } from './large-objects.ts';
import type { Names } from './names.ts';
import { removeOldSegments, segmentsOfOld } from './remove-objects.ts';

/** `make` gets what is there and makes the new object. */
export async function replaceObject<T>(
  container: Container,
  names: Names,
  { object, key, signal }: { object: string; key: string; signal: AbortSignal | undefined },
  make: (old: Described | undefined) => Promise<T>,
): Promise<T> {
  const old = await describeObject(container, object, { signal, key });
  const segments = await segmentsOfOld(container, names, object, old, signal);
  const made = await make(old);
  if (segments !== undefined) await removeOldSegments(container, names, [segments], signal);
  return made;
}
