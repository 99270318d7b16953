// The fields of a plain registry, and how they do not fit each other.

import { describe, expect, test } from 'vitest';
import { GOOD_INVENTORY, mistakesAfter } from '../../test/support/inventory-file.ts';
import { checkInventory } from './load.ts';

const FIELDS = {
  url: 'url: "https://registry-2.example.com"',
  login: 'username: ops, password: { env: PASSWORD }',
  replica:
    'id: a, url: "https://10.0.0.9", config: /etc/registry.yml, restart: [systemctl, restart, registry], program: [registry]',
};
/** What the good file has besides. */
const entry = ({ url, login, replica }: typeof FIELDS): [string, string][] => [
  [
    'registries:\n',
    `registries:\n  plain: { kind: distribution, ${url}, ${login}, replicas: [{ ${replica} }], storage: images, canaryRepository: ops/canary }\n`,
  ],
  ['  files:', '  images: { kind: filesystem, path: /srv/images }\n  files:'],
];

describe('a plain registry', () => {
  test.each([
    ['with a password', FIELDS, { username: 'ops' }],
    ['that asks nobody', { ...FIELDS, login: 'ca: { env: CA }' }, { ca: { env: 'CA' } }],
  ])('%s is taken', (_what, fields, expected) => {
    const text = entry(fields).reduce((file, [from, to]) => file.replace(from, to), GOOD_INVENTORY);
    const checked = checkInventory(text);
    if (!('inventory' in checked)) throw new Error(JSON.stringify(checked.mistakes));
    expect(checked.inventory.registries['plain']).toMatchObject({
      ...expected,
      stateDir: '/var/lib/transship',
    });
  });

  test.each<[string, Partial<typeof FIELDS>, string[]]>([
    ['a user without a password', { login: 'username: ops' }, ['must have both of username and password']],
    [
      'a command in one word',
      { replica: FIELDS.replica.replace('[registry]', 'registry') },
      ['must be a list'],
    ],
    [
      'a command of nothing',
      { replica: FIELDS.replica.replace('[registry]', '[]') },
      ['each a word of its own'],
    ],
    ['a path that is none', { replica: FIELDS.replica.replace('/etc/', '') }, ['must be an absolute path']],
    ['a host that there is not', { replica: `${FIELDS.replica}, host: nowhere` }, ['there is no host']],
  ])('%s is a mistake', (_what, changes, problems) => {
    expect(mistakesAfter(...entry({ ...FIELDS, ...changes }))).toEqual(
      problems.map((problem) => expect.stringContaining(problem) as unknown),
    );
  });
});
