// The parts of the product's answers that Transship reads (dtr-msr.md §3 and appendix B). Fields that it does not use
// are not named, and what the two official sources spell differently is accepted in both spellings.

import { z } from 'zod';

export const versionShape = z.object({ version: z.string() });

export const featuresShape = z.object({ metadataStoreOptedIn: z.boolean().default(false) });

const port = z.int().min(1).max(65_535);

/** Nothing where it is missing or of another kind. */
const words = z
  .string()
  .nullish()
  .catch(null)
  .transform((known) => known ?? '');
const isOn = z
  .boolean()
  .nullish()
  .catch(null)
  .transform((known) => known ?? false);

export const settingsShape = z.object({
  dtrHost: words,
  httpProxy: words,
  httpsProxy: words,
  noProxy: words,
  logProtocol: words,
  logHost: words,
  logLevel: words,
  webTLSCA: words,
  webTLSCert: words,
  clientCertAuthEnabled: isOn,
  sso: isOn,
  readOnlyRegistry: z.boolean().default(false),
  storageVolume: z.string().nullish(),
  nfsHost: z.string().nullish(),
  nfsPath: z.string().nullish(),
  replicaSettings: z
    .record(z.string(), z.object({ HTTPPort: port, HTTPSPort: port }).nullable().catch(null))
    .nullish()
    .catch(null),
});

/** No real answer of it is public but for its health: a part that is missing or of another kind is not known, and no error. */
const ofReplicas = <T>(value: z.ZodType<T>) =>
  z
    .record(z.string(), value.nullable().catch(null))
    .nullish()
    .transform((known) => known ?? {})
    .catch({});
/** Both documented places of what the database knows to be wrong (dtr-msr.md §6). */
const issues = z
  .array(z.object({ description: z.string() }))
  .nullish()
  .transform((known) => known ?? [])
  .catch([]);
export const clusterStatusShape = z.object({
  current_issues: issues,
  rethink_system_tables: z
    .object({ current_issues: issues })
    .nullish()
    .transform((tables) => tables?.current_issues ?? [])
    .catch([]),
  replica_health: ofReplicas(z.string()),
  replica_timestamp: ofReplicas(z.string()),
  replica_readonly: ofReplicas(z.boolean()),
  gc_lock_holder: z.string().nullish(),
});
export type ClusterStatus = z.infer<typeof clusterStatusShape>;

export const cronShape = z.object({
  action: z.string(),
  schedule: z.string(),
  retries: z.number().default(0),
  capacityMap: z.record(z.string(), z.number()).nullable().default(null),
  parameters: z.record(z.string(), z.string()).nullable().default(null),
  deadline: z.string().default(''),
  stopTimeout: z.string().default(''),
});
export const cronsShape = z.object({ crons: z.array(cronShape).nullable() });

export const taskShape = z.object({
  id: z.string(),
  action: z.string(),
  status: z.string(),
  retryFromID: z.string().default(''),
  retriesLeft: z.number().default(0),
});
export type RegistryTask = z.infer<typeof taskShape>;
export const tasksShape = z.object({ jobs: z.array(taskShape).nullable() });

/** The field was `Data` in 2.4 and before. */
export const taskLogShape = z.array(z.object({ data: z.string().default('') })).nullable();

export const repositoriesShape = z.object({
  repositories: z.array(z.object({ namespace: z.string(), name: z.string() })).nullable(),
});
export const repositoryShape = z.object({ name: z.string() });

export const tagsShape = z.array(z.object({ name: z.string(), digest: z.string() })).nullable();

export const manifestsShape = z.array(z.object({ digest: z.string() })).nullable();

/** `/admin/settings/registry` is not in the public swagger: anything beside `storage` is kept as it is. */
export const storageSettingsShape = z.looseObject({ storage: z.record(z.string(), z.unknown()) });
export type StorageSettings = z.infer<typeof storageSettingsShape>;
