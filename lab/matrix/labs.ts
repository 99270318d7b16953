// The labs of a run of the matrix, side by side. Each carries out one cell at a time and is used again, with its registry
// installed afresh; one in which a cell failed is stopped and left as it is, for people to look at.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reasonOf } from '../demo/summary.ts';
import { labDown, labUp, reinstallRegistry } from '../estate/estate.ts';
import type { MoreStorage, RegistryChoice } from '../estate/lab-config.ts';
import { carryOut } from './carry-out.ts';
import type { Cell, CellResult } from './cells.ts';

/** What each product can be moved to beside a volume and S3. */
const DESTINATIONS: Record<RegistryChoice, MoreStorage[]> = {
  dtr: ['nfs'],
  distribution: ['nfs', 'azure', 'gcs', 'swift'],
};

type Lab = {
  dir: string;
  registry: RegistryChoice;
  replicas: 1 | 3;
  isUp: boolean;
  /** What is installed, where no move has changed it. */
  installed?: string;
};

export class Labs {
  readonly #idle: Lab[] = [];

  /** A text: what was wrong with it. */
  async carryOut(cell: Cell): Promise<CellResult | string> {
    const lab = await this.#labFor(cell);
    try {
      await install(lab, cell);
      const result = await carryOut(cell, lab.dir);
      if (typeof result === 'string') throw new Error(result);
      if (result.outcome === 'moved') delete lab.installed;
      this.#idle.push(lab);
      return result;
    } catch (error) {
      await labDown(lab.dir, { keep: true });
      return `${reasonOf(error)} (its lab is left in ${lab.dir})`;
    }
  }

  async close(): Promise<void> {
    for (const lab of this.#idle.splice(0)) await end(lab);
  }

  async #labFor(cell: Cell): Promise<Lab> {
    const { registry } = cell;
    const replicas = replicasOf(cell);
    const idle = this.#idle.pop();
    if (idle?.registry === registry && idle.replicas === replicas) return idle;
    if (idle !== undefined) await end(idle);
    return { dir: await mkdtemp(join(tmpdir(), 'transship-matrix-')), registry, replicas, isUp: false };
  }
}

/** A plain registry on an export is several processes; elsewhere one will do. */
const replicasOf = ({ registry, from }: Cell): 1 | 3 =>
  registry === 'distribution' && from === 'nfs' ? 3 : 1;

/** After a refusal the next cell finds the very registry that was to have stayed as it was. */
async function install(lab: Lab, { version, from }: Cell): Promise<void> {
  const { dir, registry, replicas } = lab;
  const installed = `${version} ${from}`;
  if (lab.installed === installed) return;
  delete lab.installed;
  const choices = { version, storage: from };
  if (lab.isUp) await reinstallRegistry(dir, choices);
  else
    await labUp({
      ...choices,
      dir,
      registry,
      replicas,
      content: 'small',
      usualPorts: false,
      destinations: DESTINATIONS[registry],
    });
  Object.assign(lab, { isUp: true, installed });
}

async function end({ dir }: Lab): Promise<void> {
  await labDown(dir);
  await rm(dir, { recursive: true, force: true });
}
