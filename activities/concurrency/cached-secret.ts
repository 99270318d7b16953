// Secrets change while a worker runs: they are resolved again when they are old, so that a rotated secret needs no
// new worker.

/** Secrets older than this are resolved again. */
const AGE_LIMIT_MS = 60_000;

/** What `build` makes of the secret; made again only when the secret is another one. */
export function fromCachedSecret<const Secret extends string | readonly string[], T>(
  resolve: () => Promise<Secret>,
  build: (secret: Secret) => T,
): () => Promise<T> {
  let known: { until: number; built: Promise<{ secret: Secret; value: T }> } | undefined;
  const renew = async (before: Promise<{ secret: Secret; value: T }> | undefined) => {
    const secret = await resolve();
    const last = await before?.catch(() => undefined);
    const isSame = last !== undefined && JSON.stringify(last.secret) === JSON.stringify(secret);
    return isSame ? last : { secret, value: build(secret) };
  };
  return async () => {
    if (known === undefined || known.until <= Date.now()) {
      known = { until: Date.now() + AGE_LIMIT_MS, built: renew(known?.built) };
    }
    const { built } = known;
    try {
      return (await built).value;
    } catch (error) {
      if (known.built === built) known = undefined;
      throw error;
    }
  };
}
