// The products that can be the registry of a lab, one row each.

import { dtrRegistry } from './dtr-registry.ts';
import type { LabConfig, RegistryChoice } from './lab-config.ts';
import type { LabRegistry } from './lab-registry.ts';
import { plainRegistry } from './plain-registry.ts';

const REGISTRIES: Record<RegistryChoice, LabRegistry> = { dtr: dtrRegistry, distribution: plainRegistry };

export const labRegistry = ({ registry }: Pick<LabConfig, 'registry'>): LabRegistry => REGISTRIES[registry];
