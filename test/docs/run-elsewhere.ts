// Documented commands that a test of their own, or .ci/run, carries out: they make whole labs, or run for hours.

/** `test` null: the line `file` runs it itself. */
type Elsewhere = { command: RegExp; file: string; test: string | null };

const LAB = 'test/lab/lab.test.ts';
const PLAIN = 'test/e2e/plain-registry.test.ts';
const MOVED = '%s is moved to S3 while it is in use';

export const RUN_ELSEWHERE: Elsewhere[] = [
  { command: /^npm run demo$/, file: '.ci/run', test: null },
  { command: /^npm run demo -- --registry distribution$/, file: PLAIN, test: MOVED },
  { command: /^npm test/, file: '.ci/run', test: null },
  { command: /^npm run test:unit$/, file: 'vitest.config.ts', test: null },
  { command: /^npm run (check|format)$/, file: 'package.json', test: null },
  { command: /^\.ci\/run$/, file: 'CONTRIBUTING.md', test: null },
  {
    command: /^npm run docs:generate$/,
    file: 'docs/generate.test.ts',
    test: 'docs/%s is what the code says (else: npm run docs:generate)',
  },
  {
    command: /^npm run histories:record$/,
    file: 'test/replay/replay.test.ts',
    test: 'has a recording of every scenario and a scenario of every recording',
  },
  // What they print is kept where the pages show it
  { command: /^npm run matrix$/, file: 'docs/reference/matrix.json', test: null },
  { command: /^npm run bench( |$)/, file: 'docs/performance.md', test: null },
  {
    command: /^npm run lab$|^npm run lab -- up( \[--registry|$)/,
    file: LAB,
    test: 'everything runs and the inventory is one that a worker accepts',
  },
  { command: /^npm run lab -- up --registry distribution --replicas [13]/, file: PLAIN, test: MOVED },
  {
    command: /^npm run (--silent )?lab -- status/,
    file: LAB,
    test: 'a second up starts nothing, and brings back only what was killed',
  },
  { command: /^npm run lab -- down/, file: LAB, test: 'down leaves no process and no folder' },
  {
    command: /skopeo (login|copy|inspect) |^mkdir mine$|^ls mine |^sha256sum mine|^sha256sum tags\.ndjson$/,
    file: LAB,
    test: 'skopeo copies an image into the registry and out of it, and sees all tags',
  },
  {
    command: /^mv \$LAB|^(cat|ls) \$LAB\/plain|^kill \$\(jq -r '.processes\[\] \| select\(.name == "s3"/,
    file: PLAIN,
    test: MOVED,
  },
  {
    command: /^kill \$\(jq -r '.processes\[\] \| select\(.name == "worker"/,
    file: 'test/worker/run-worker.test.ts',
    test: 'it registers the search attributes, works, and ends well on SIGTERM',
  },
  {
    command: /^ssh -i "\$LAB/,
    file: 'test/hosts/hosts.test.ts',
    test: 'gets exactly the words that were given',
  },
  {
    command: /^temporal workflow update-options /,
    file: 'test/worker/upgrade.test.ts',
    test: 'a migration whose build is gone is found, and goes on where a person moves it to',
  },
  {
    command: /^cp config\.yml\.transship-RUN config\.yml$/,
    file: 'activities/registry/distribution/config-file.test.ts',
    test: 'is kept once for a run as it was before, with its mode',
  },
  {
    command: /^aws iam put-user-policy /,
    file: 'client/cli/commands/iam-policy.test.ts',
    test: 'prints a policy that IAM takes, for this bucket and folder alone',
  },
];
