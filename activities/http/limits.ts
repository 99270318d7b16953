// How storages that are reached by HTTP are connected to, whichever library does it.

/** To one service; enough for all objects in flight of a worker's copy. */
export const MAX_CONNECTIONS = 64;
export const CONNECT_TIMEOUT_MS = 10_000;
/** A service that says nothing for so long on an open request is taken for gone. */
export const SILENCE_TIMEOUT_MS = 120_000;
