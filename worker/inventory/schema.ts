// The shape of the inventory file: one zod schema, from which come the check of `transship inventory check`, the JSON
// Schema that editors use, and the reference page. Keys are the field names of contracts/inventory.ts; durations are
// written as text. Unknown keys are mistakes, because a misspelt setting that is ignored is worse than one that is refused.

import { z } from 'zod';
import { copying } from './copying-schema.ts';
import { duration, name, secret, stateDir, text } from './fields.ts';
import { registry } from './registry-schema.ts';
import { repository } from './repository-schema.ts';
import { schedule } from './schedule-schema.ts';
import { storage } from './storage-schema.ts';

const HOST_KEY = /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}$/;
/** The words need no quotes, whatever reads them. */
const BECOME = /^[A-Za-z0-9_./:=-]+( [A-Za-z0-9_./:=-]+)*$/;
const DEFAULT_EXPIRY = '24h';
/** The question is asked again when nobody answers: the registry is read-only, and stays so. */
const RECOVERY_EXPIRY = '72h';
/** Garbage collection cannot be undone, so people get the week-end to look first. */
const GARBAGE_COLLECTION_EXPIRY = '72h';

const host = z.strictObject({
  address: text.describe('IP address or name that the worker can reach.'),
  port: z.int().min(1).max(65_535).default(22).describe('Port of the SSH server.'),
  user: text.describe('User to log in as.'),
  become: z
    .string()
    .regex(BECOME, 'must be plain words with single spaces, such as sudo -n')
    .optional()
    .describe(
      'Words in front of every command, e.g. `sudo -n`, where the user may not read the volumes of Docker. Absent: commands are those of the user.',
    ),
  key: secret.describe('Private key in OpenSSH format, as a reference.'),
  hostKeys: z
    .array(z.string().regex(HOST_KEY, 'must be a host key such as `ssh-ed25519 AAAAC3…`, without a comment'))
    .min(1, 'must pin at least one host key')
    .describe('Pinned host keys, as `ssh-keyscan HOST` prints them after the host name.'),
  stateDir: stateDir.describe('Folder on the host that keeps the outputs and states of remote jobs.'),
});

const approvalPolicy = (expiresIn: string) =>
  z
    .strictObject({
      required: z
        .boolean()
        .default(true)
        .describe('False: the step goes on without a person; the audit trail says so.'),
      expiresIn: duration.prefault(expiresIn).describe('How long the question stays open.'),
      approvers: z
        .array(text)
        .default([])
        .describe('Who may decide. Empty: everybody who can reach Temporal.'),
    })
    .transform(({ expiresIn, ...policy }) => ({ ...policy, expiresInMs: expiresIn }))
    .prefault({});

const approvals = z
  .strictObject({
    plan: approvalPolicy(DEFAULT_EXPIRY).describe('The plan, before anything is changed.'),
    window: approvalPolicy(DEFAULT_EXPIRY).describe(
      'The maintenance window, before the registry is set read-only.',
    ),
    'damaged-blobs': approvalPolicy(DEFAULT_EXPIRY).describe(
      'Going on although objects of the source are damaged.',
    ),
    recovery: approvalPolicy(RECOVERY_EXPIRY).describe(
      'Which way to go when something fails after the point of no return. Not required: it is tried again without end; a restore ends.',
    ),
    restore: approvalPolicy(DEFAULT_EXPIRY).describe(
      'The plan of a restore, before the registry becomes what it was when the set was made.',
    ),
    'garbage-collection': approvalPolicy(GARBAGE_COLLECTION_EXPIRY).describe(
      'The first garbage collection on the new storage.',
    ),
  })
  .prefault({});

export const inventorySchema = z
  .strictObject({
    registries: z.record(name, registry).describe('The registries, by the name that workflows use.'),
    hosts: z.record(name, host).default({}).describe('Machines that are reached over SSH.'),
    storages: z.record(name, storage).describe('Places that hold objects.'),
    journal: name.describe('The storage where work lists, saved states, plans and reports are kept.'),
    repositories: z.record(name, repository).describe('Places where backups are kept.'),
    backups: name.describe('The repository of the metadata backups that migrations make.'),
    approvals: approvals.describe('Who must agree to what, and for how long the question stays open.'),
    copying: copying.describe('How hard each worker may copy.'),
    schedules: z
      .record(name, schedule)
      .default({})
      .describe('What runs by itself, once `transship schedules apply` has told Temporal.'),
  })
  .describe('Inventory of Transship: what the names in workflows mean.');
