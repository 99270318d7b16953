// All traps.

import { EXACT_COPY } from './exact-copy.ts';
import { NFS } from './nfs.ts';
import { RESTORING } from './restoring.ts';
import { SWITCHING } from './switching.ts';
import { TOLD } from './told.ts';
import type { Trap } from './trap.ts';

export const TRAPS: readonly Trap[] = [...SWITCHING, ...EXACT_COPY, ...NFS, ...RESTORING, ...TOLD];
