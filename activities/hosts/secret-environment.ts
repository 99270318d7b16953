// How secrets reach a command on a host: as lines of standard input that a small shell reads into the environment
// before it becomes the command. So they are in no argument list, and sshd needs no AcceptEnv.

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The command to run instead of `argv`, and what its standard input must begin with. */
export function withSecretEnvironment(
  argv: string[],
  secretEnv: Record<string, string>,
): { argv: string[]; prelude: string } {
  const names = Object.keys(secretEnv);
  for (const name of names) {
    if (!VARIABLE_NAME.test(name)) throw new Error(`not a name of an environment variable: ${name}`);
  }
  // Base64, because `read` takes one line; the x keeps newlines at the end, which $( ) would drop.
  const script = names.map(
    (name) =>
      `IFS= read -r ${name} && ${name}=$(printf %s "$${name}" | base64 -d; printf x) && export ${name}="\${${name}%x}"`,
  );
  return {
    argv: ['sh', '-c', [...script, 'exec "$@"'].join(' && '), 'sh', ...argv],
    prelude: Object.values(secretEnv)
      .map((value) => `${Buffer.from(value).toString('base64')}\n`)
      .join(''),
  };
}
