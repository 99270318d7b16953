// How storages behind an API are connected to, whatever library asks them.

export const MAX_CONNECTIONS = 64;
export const CONNECT_TIMEOUT_MS = 10_000;
/** A server that says nothing for so long on an open request is taken for gone. */
export const SILENCE_TIMEOUT_MS = 120_000;

/** `ca`: instead of the system's, so that NODE_EXTRA_CA_CERTS and the like on a worker change nothing. */
export type Tls = { ca?: string[]; rejectUnauthorized?: boolean };

/** Of undici's pools and agents. */
export const connectionOptions = (tls: Tls = {}) => ({
  connections: MAX_CONNECTIONS,
  connect: { timeout: CONNECT_TIMEOUT_MS, ...tls },
  headersTimeout: SILENCE_TIMEOUT_MS,
  bodyTimeout: SILENCE_TIMEOUT_MS,
});
