// Documented commands by what is typed, once the placeholders of the pages are filled in: what is the case before, and what
// the command must say. docs/commands.test.ts fails for a documented command that is neither here nor in run-elsewhere.ts.

/** What the pages leave to the reader. */
const PLACEHOLDERS: [RegExp, string][] = [
  [/^npm run (?:-s |--silent )?transship -- /, 'transship '],
  [/sha256:(?:445f)?…(?:4fef)?/, 'sha256:plan'],
  [/\$LAB\/inventory\.yaml|\/etc\/transship\/inventory\.yaml/, 'inventory.yaml'],
  [/\bFILE$/, 'inventory.yaml'],
  [/\bs3-other-prod\b|\bNAME\b|\bDESTINATION\b/, 's3-prod'],
  [/\bSOURCE\b/, 'prod-volume'],
  [/\bREGISTRY$/, 'prod'],
  [/--workflow-id ID\b/, '--workflow-id registry-prod'],
  [/\byou@example\.com\b/, 'ops@example.com'],
  [/\/var\/lib\/transship/, 'transship'],
];

export const filledIn = (text: string): string =>
  PLACEHOLDERS.reduce(
    (filled, [placeholder, value]) => filled.replaceAll(new RegExp(placeholder, 'g'), value),
    text,
  );

/**
 * `none`: no operation runs. `plan`, `window`, `recovery`: one of `prod` waits for a person's answer to that. `paused`: likewise,
 * and it is held. `ended`: it has ended.
 */
export type Before = 'none' | 'plan' | 'window' | 'recovery' | 'paused' | 'ended';

export type Row = {
  before?: Before;
  /** Somebody approves meanwhile what is asked. */
  approved?: true;
  /** Default 0. */
  exit?: number;
  says: RegExp;
  /** What shows, in the same shell, what it has left: it says nothing itself. */
  shows?: string;
  /** It runs until it is ended, which is when it has said that. */
  stays?: true;
};

const MOVED = /Migrated prod to (s3-prod|prod-volume)/;
const APPROVED = /plan of registry-prod is approved by ops@example\.com/;
const READY = /"msg":"worker is ready"/;
const SIGNALLED = /Signal workflow succeeded/;
const signal = (name: string, input: string): string =>
  `temporal workflow signal --workflow-id registry-prod --name ${name} --input '${input}'`;
const start = (type: string, input: string): string =>
  `temporal workflow start --fail-existing --type ${type} --task-queue transship --workflow-id registry-prod --input '${input}'`;
const STARTED = /WorkflowId +registry-prod/;
const inventory = '--inventory inventory.yaml';

export const RUN_HERE: Record<string, Row> = {
  // The inventory and what it names
  'transship inventory check inventory.yaml': { says: /inventory\.yaml has no mistakes/ },
  'transship inventory check inventory.yaml --json': { says: /"ok":true/ },
  'transship inventory import storage.yml --name s3-prod': { says: /S3_PROD_SECRETKEY/ },
  'transship inventory import storage.yml --name s3-prod --secrets-to secrets': { says: /secrets\/s3-prod/ },
  'transship inventory import storage.yml --name s3-prod --secrets-to secrets >> storages.yaml': {
    says: /storage\.yml:/,
  },
  [`transship iam-policy s3-prod ${inventory}`]: { says: /"s3:PutObject"/ },
  [`transship iam-policy s3-prod ${inventory} > policy.json`]: {
    shows: 'cat policy.json',
    says: /"s3:PutObject"/,
  },
  'transship traps': { says: /2\.10/ },
  'transship traps 2.9.16': { says: /2\.9/ },
  "transship traps 2.6.3 --json | jq -r '.lines[].refused[].says'": { says: /\w/ },

  // Storages and the registry itself
  [`transship doctor storage s3-prod ${inventory}`]: { says: /Everything that a migration needs/ },
  [`transship doctor storage s3-prod ${inventory} --json | jq -r '.rows[] | select(.verdict == "no") | .name'`]:
    {
      says: /^$/,
    },
  [`transship doctor registry prod ${inventory}`]: { says: /Nothing that was looked at would stop/ },
  [`transship doctor registry prod --to s3-prod ${inventory}`]: { says: /to s3:\/\/images/ },
  [`transship doctor registry prod ${inventory} --json | jq -r '.findings[] | select(.severity == "stops") | .reason'`]:
    {
      says: /^$/,
    },
  [`transship storage du prod-volume ${inventory}`]: { says: /blobs +\d/ },
  [`transship storage du s3-prod ${inventory} --json | jq .copied.bytes`]: { says: /^\d+$/m },
  [`transship storage check prod-volume ${inventory}`]: { says: /No damage is known/ },
  [`transship storage check prod-volume --for s3-prod ${inventory}`]: { says: /No damage is known/ },
  [`transship storage check prod-volume --for s3-prod --read ${inventory}`]: { says: /No damage is known/ },
  [`transship storage check prod-volume ${inventory} --json | jq .counts`]: { says: /\{\}/ },
  [`transship storage copy prod-volume s3-prod ${inventory}`]: {
    says: /results +copies\/prod-volume\/s3-prod/,
  },
  [`transship storage copy prod-volume spare --delete ${inventory} --json`]: { says: /"copiedObjects":\d/ },
  [`transship storage diff prod-volume s3-prod ${inventory}`]: { says: /same/ },
  [`transship storage diff prod-volume s3-prod ${inventory} --json | jq -r 'select(.op == "+") | .key'`]: {
    says: /^$/,
  },
  [`transship storage verify s3-prod ${inventory}`]: { says: /proved/ },
  [`transship storage verify s3-prod --against prod-volume ${inventory}`]: { says: /proved/ },
  [`transship storage verify s3-prod --against prod-volume ${inventory} --json | tail -1`]: { says: /^\{/m },

  // Workers
  [`transship worker ${inventory}`]: { says: READY, stays: true },
  [`transship worker ${inventory} --bound-to rack-2`]: { says: READY, stays: true },
  [`transship worker ${inventory} --metrics 127.0.0.1:9464 --log-level debug`]: { says: READY, stays: true },
  // The stand-ins are no workers of ours
  'transship workers': { exit: 18, says: /finding {2}\S/ },
  "transship workers --json | jq -r '.stranded[].advice'": { exit: 18, says: /^$/ },

  // A migration
  'transship plan prod s3-prod --path read-only': { says: /# Plan/ },
  'transship plan prod s3-prod --path best-practice': { says: /# Plan/ },
  'transship migrate prod s3-prod --path read-only': { approved: true, says: MOVED },
  'transship migrate prod s3-prod --path best-practice': { approved: true, says: MOVED },
  'transship migrate prod s3-prod --path best-practice --window 20m': { approved: true, says: MOVED },
  'transship migrate prod s3-prod --path read-only --detach && transship watch prod': {
    approved: true,
    says: MOVED,
  },
  'transship return prod': { approved: true, says: MOVED },
  'transship return prod --window 20m': { approved: true, says: MOVED },
  'transship return prod --detach && transship watch prod': { approved: true, says: MOVED },
  'transship return prod --dry-run': { says: /# Plan/ },
  'transship show prod': { before: 'plan', says: /# Plan/ },
  'transship show prod --json | jq -r .text > plan.md': {
    before: 'plan',
    shows: 'cat plan.md',
    says: /# Plan/,
  },
  'transship approve prod --by ops@example.com': { before: 'plan', says: APPROVED },
  'transship approve prod --by ops@example.com --choice switch-back': {
    before: 'recovery',
    says: /recovery of registry-prod is approved/,
  },
  'transship approve prod --by ops@example.com --choice try-again': {
    before: 'recovery',
    says: /recovery of registry-prod is approved/,
  },
  'transship approve prod --question window --plan sha256:plan --by ops@example.com --comment "as agreed on Monday"':
    {
      before: 'window',
      says: /window of registry-prod is approved/,
    },
  'transship reject prod --by ops@example.com': { before: 'plan', says: /plan of registry-prod is rejected/ },
  'transship reject prod --question window --plan sha256:plan --by ops@example.com --comment "as agreed on Monday"':
    {
      before: 'window',
      says: /window of registry-prod is rejected/,
    },
  'transship list': { before: 'plan', says: /registry-prod/ },
  'transship list --all --limit 200': { before: 'ended', says: /registry-prod/ },
  "transship list --json | jq -r '.operations[] | select(.needsApproval).workflowId'": {
    before: 'plan',
    says: /^registry-prod$/m,
  },
  'transship status prod': { before: 'plan', says: /transship approve \(or reject\) prod --by YOU/ },
  'transship status prod --json | jq .status.waitingFor': { before: 'plan', says: /"topic": "plan"/ },
  'transship watch prod': { before: 'plan', approved: true, says: MOVED },
  'transship watch prod --json | jq -r .status.phase': { before: 'plan', approved: true, says: /^done$/m },
  'transship pause prod --reason "backup of the storage until six"': {
    before: 'plan',
    says: /registry-prod is paused since .*: backup of the storage until six/,
  },
  'transship resume prod': { before: 'paused', says: /registry-prod is not paused/ },
  'transship cancel prod': { before: 'plan', says: /registry-prod/ },
  'transship cancel prod && transship watch prod': { before: 'plan', exit: 1, says: /registry-prod/ },

  // The same by the temporal command
  [start('readOnlyMigration', '{"registry": "prod", "destination": "s3-prod", "window": {"budget": "10m"}}')]:
    {
      says: STARTED,
    },
  [start('readOnlyMigration', '{"registry": "prod", "destination": "s3-prod", "window": {"budget": "30m"}}')]:
    {
      says: STARTED,
    },
  [start(
    'readOnlyMigration',
    '{"registry": "prod", "destination": "s3-prod", "window": {"budget": "30m"}, "dryRun": false}',
  )]: { says: STARTED },
  [start('returnToPreviousStorage', '{"registry": "prod", "window": {"budget": "20m"}}')]: { says: STARTED },
  'temporal workflow query --workflow-id registry-prod --type status': { before: 'plan', says: /planDigest/ },
  'temporal workflow query --workflow-id registry-prod --type plan': { before: 'plan', says: /# Plan/ },
  "temporal workflow query --workflow-id registry-prod --type plan -o json | jq -r '.queryResult[0].text'": {
    before: 'plan',
    says: /^# Plan$/m,
  },
  "temporal workflow query --workflow-id registry-prod --type status -o json | jq '.queryResult[0].waitingFor'":
    {
      before: 'plan',
      says: /"id": "plan"/,
    },
  "temporal workflow query --workflow-id registry-prod --type status -o json | jq -r '.queryResult[0].waitingFor.text'":
    {
      before: 'plan',
      says: /\w/,
    },
  "DIGEST=$(temporal workflow query --workflow-id registry-prod --type status -o json | jq -r '.queryResult[0].planDigest')":
    {
      before: 'plan',
      shows: 'echo $DIGEST',
      says: /^sha256:plan$/m,
    },
  [signal('approve', `{"question": "plan", "planDigest": "'$DIGEST'", "by": "ops@example.com"}`)]: {
    before: 'plan',
    says: SIGNALLED,
  },
  [signal('approve', `{"question": "window", "planDigest": "'$DIGEST'", "by": "ops@example.com"}`)]: {
    before: 'window',
    says: SIGNALLED,
  },
  [signal('approve', '{"question": "plan", "planDigest": "sha256:plan", "by": "ops@example.com"}')]: {
    before: 'plan',
    says: SIGNALLED,
  },
  [signal(
    'approve',
    '{"question": "window", "planDigest": "sha256:plan", "by": "ops@example.com", "comment": "as agreed on Monday"}',
  )]: { before: 'window', says: SIGNALLED },
  [signal('reject', '{"question": "plan", "planDigest": "sha256:plan", "by": "ops@example.com"}')]: {
    before: 'plan',
    says: SIGNALLED,
  },
  [signal('pause', '{"by": "ops@example.com"}')]: { before: 'plan', says: SIGNALLED },
  [signal('resume', '{"by": "ops@example.com"}')]: { before: 'paused', says: SIGNALLED },
  'temporal workflow update execute --workflow-id registry-prod --name decide --input \'{"decision": "approve", "question": "plan", "planDigest": "sha256:plan", "by": "ops@example.com"}\'':
    { before: 'plan', says: /approved/ },
  'temporal workflow update execute --workflow-id registry-prod --name pause --input \'{"by": "ops@example.com", "reason": "backup of the storage until six"}\'':
    { before: 'plan', says: /backup of the storage until six/ },
  'temporal workflow cancel --workflow-id registry-prod': { before: 'plan', says: /[Cc]ancel/ },
  'temporal workflow result --workflow-id registry-prod': { before: 'ended', says: /COMPLETED/ },
  "temporal workflow list --query 'TransshipNeedsApproval = true'": { before: 'plan', says: /registry-prod/ },
  'temporal workflow show --workflow-id registry-prod --output json': {
    before: 'ended',
    says: /"EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"/,
  },
  ...Object.fromEntries(
    [
      'TransshipOperation --type Keyword',
      'TransshipSubject --type Keyword',
      'TransshipPhase --type Keyword',
      'TransshipNeedsApproval --type Bool',
    ].map((attribute) => [
      `temporal operator search-attribute create --name ${attribute}`,
      { says: /already|created|added/ },
    ]),
  ),

  // Backups
  'transship backup prod --dry-run': { says: /would copy this now; nothing was written/ },
  'transship backup prod': { says: /Backed up prod as prod\/monday in main/ },
  'transship backup prod --repository offsite --detach && transship watch prod': { says: /in offsite/ },
  [`transship backups prod ${inventory}`]: { says: /^no set$/m },
  [`transship backups ${inventory}`]: { says: /^no set$/m },
  [`transship backups prod --repository offsite ${inventory}`]: { says: /^no set$/m },
  [`transship backups prod ${inventory} --json | jq -r '.sets[-1].set'`]: { says: /^null$/m },
  'transship verify prod': { says: /prod\/monday in main is whole/ },
  'transship verify prod --deep "50 GiB"': { says: /1 of 9 blobs of the repository/ },
  'transship verify prod/20261128T141500Z-1f2e3d4c --deep "50 GiB"': { says: /is whole/ },
  [start('backupRegistry', '{"registry": "prod"}')]: { says: STARTED },
  [start('backupRegistry', '{"registry":"prod"}').replace(' --fail-existing', '')]: { says: STARTED },
  [start('verifyBackup', '{"set": "prod", "deep": "50 GiB"}').replace('registry-prod', 'sets-prod')]: {
    says: /WorkflowId +sets-prod/,
  },
  'transship restore prod --dry-run': { says: /The plan is plan\.json/ },
  'transship restore prod': { says: /Restored prod from prod to prod-volume/ },
  'transship restore prod prod/20261128T141500Z-1f2e3d4c --to s3-prod': { says: /to s3-prod/ },
  [start('restoreRegistry', '{"registry": "prod", "destination": "s3-prod"}')]: { says: STARTED },
  [start('restoreRegistry', '{"registry":"prod"}').replace(' --fail-existing', '')]: { says: STARTED },
  'openssl pkey -in signing.pem -pubout -outform DER | sha256sum': { says: /^[0-9a-f]{64} {2}-$/m },

  // Schedules, one after the other
  [`transship schedules diff ${inventory}`]: { exit: 15, says: /nightly/ },
  [`transship schedules diff ${inventory} --json | jq -r '.schedules[] | select(.standing != "same").name'`]:
    {
      exit: 15,
      says: /^nightly$/m,
    },
  [`transship schedules apply ${inventory}`]: { says: /nightly/ },
  [`transship schedules apply ${inventory} --remove`]: { says: /nightly/ },
  'transship schedules list': { says: /nightly/ },
  "transship schedules list --json | jq -r '.schedules[] | select(.attention != []).name'": { says: /^$/ },
  'transship schedules pause nightly --reason "storage is being replaced until Friday" --by ops@example.com':
    {
      says: /nightly/,
    },
  'transship schedules resume nightly --by ops@example.com': { says: /nightly/ },
  'transship schedules pause nightly --reason "storage is being replaced until Friday"': { says: /nightly/ },
  'transship schedules resume nightly': { says: /nightly/ },

  // Around them
  'mkdir -p transship/journal transship/backups && chmod 700 transship/backups': {
    shows: 'ls transship',
    says: /backups\njournal/,
  },
  'mkdir -p secrets && openssl rand -hex 24 > secrets/backup-passphrase && openssl genpkey -algorithm ed25519 -out secrets/backup-signing-key.pem && chmod 600 secrets/backup-*':
    {
      shows: 'wc -c < secrets/backup-passphrase; cat secrets/backup-signing-key.pem',
      says: /^49\n-----BEGIN PRIVATE KEY-----$/m,
    },
  'REGISTRY=$(jq -r .registry.host lab.json)': { shows: 'echo $REGISTRY', says: /^127\.0\.0\.1:8443$/m },
  'LAB=$(jq -r .dir lab.json)': { shows: 'echo $LAB', says: /^\/lab$/m },
  'export TEMPORAL_ADDRESS=$(jq -r .temporal.address lab.json)': {
    shows: 'echo $TEMPORAL_ADDRESS',
    says: /^127\.0\.0\.1:7233$/m,
  },
  'export REGISTRY_AUTH_FILE=$PWD/lab-auth.json': {
    shows: 'echo $REGISTRY_AUTH_FILE',
    says: /\/lab-auth\.json$/m,
  },
  'export TEMPORAL_ADDRESS=$(jq -r .temporal.address lab.json) REGISTRY_AUTH_FILE=$PWD/lab-auth.json': {
    shows: 'echo $TEMPORAL_ADDRESS',
    says: /^127\.0\.0\.1:7233$/m,
  },
  'command -v temporal || export PATH="$(dirname "$(ls ~/.cache/transship/tools/*/temporal | head -n 1)"):$PATH"':
    {
      says: /temporal$/m,
    },
  'rm -r lab.json lab-auth.json mine': { shows: 'ls', says: /^bin$/m },
};
