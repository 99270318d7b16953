// What names of the inventory meant when a plan was made. It goes with every activity, and a worker whose inventory says
// otherwise refuses: names are approved by people who mean places.

/** Digests by what they are of: `registry/prod`, `storage/s3-prod`, `host/node1`, `journal`, `backups`. No secret is in them. */
export type Binding = Record<string, string>;
