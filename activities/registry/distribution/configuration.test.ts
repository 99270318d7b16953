import { describe, expect, it } from 'vitest';
import {
  allowsDeletion,
  fieldsIn,
  isReadOnly,
  sharedCacheIn,
  storageIn,
  withDriver,
  withDriverOf,
  withReadOnly,
} from './configuration.ts';

const CONFIG = `version: 0.1
log:
  level: warn # quiet

# The images.
storage:
  # On the large disk.
  filesystem:
    rootdirectory: /srv/images # since 2019
    maxthreads: 100
  delete:
    enabled: true
  cache:
    blobdescriptor: inmemory

http:
  addr: :5000 # behind nginx
`;
const COMMENTS = ['# quiet', '# The images.', '# behind nginx'];
const S3 = { s3: { bucket: 'images', region: 'eu-central-1', accesskey: 'AK', secretkey: 'sk: "#' } };

describe('a configuration', () => {
  it('says where it stores, without secrets', () => {
    expect(storageIn(CONFIG)).toEqual({
      driver: 'filesystem',
      fields: { rootdirectory: '/srv/images', maxthreads: 100 },
    });
    expect(storageIn(withDriver(CONFIG, S3))).toEqual({
      driver: 's3',
      fields: { bucket: 'images', region: 'eu-central-1' },
    });
    expect(storageIn('storage: { s3aws: { bucket: b } }')).toEqual({ driver: 's3', fields: { bucket: 'b' } });
    expect(storageIn('storage: filesystem')).toMatchObject({
      fields: { rootdirectory: '/var/lib/registry' },
    });
    expect(fieldsIn(CONFIG)).toEqual(['rootdirectory', 'maxthreads']);
    expect(allowsDeletion(CONFIG)).toBe(true);
    expect(sharedCacheIn(CONFIG)).toBeUndefined();
    expect(sharedCacheIn(CONFIG.replace('inmemory', 'redis'))).toBe('redis');
  });

  it('goes read-only and back to what it was, with its comments', () => {
    const readOnly = withReadOnly(CONFIG, true);
    expect(isReadOnly(readOnly)).toBe(true);
    expect(withReadOnly(readOnly, true)).toBe(readOnly);
    for (const comment of [...COMMENTS, '# On the large disk.', '# since 2019'])
      expect(readOnly).toContain(comment);
    expect(withReadOnly(readOnly, false)).toBe(CONFIG);
    expect(withReadOnly(CONFIG, false)).toBe(CONFIG);
  });

  it.each([
    ['purging', '  maintenance:\n    uploadpurging: { enabled: false } # too slow\n'],
    ['read-only off', '  maintenance:\n    readonly:\n      enabled: false # never\n'],
    ['nothing', '  maintenance:\n'],
  ])('keeps what its maintenance says besides: %s', (_what, maintenance) => {
    const config = CONFIG.replace('storage:\n', `storage:\n${maintenance}`);
    const readOnly = withReadOnly(config, true);
    expect(isReadOnly(readOnly)).toBe(true);
    const after = withReadOnly(readOnly, false);
    expect(isReadOnly(after)).toBe(false);
    expect(after.includes('too slow')).toBe(maintenance.includes('too slow'));
  });

  it('gets another driver in the place of its own, and its own again as it was written', () => {
    const moved = withDriver(withReadOnly(CONFIG, true), S3);
    expect(moved).not.toContain('/srv/images');
    for (const comment of COMMENTS) expect(moved).toContain(comment);
    expect(fieldsIn(moved)).toEqual(Object.keys(S3.s3));
    expect(moved.indexOf('s3:')).toBeLessThan(moved.indexOf('delete:'));
    expect(isReadOnly(moved)).toBe(true);
    expect(withDriver(moved, S3)).toBe(moved);
    expect(withReadOnly(withDriverOf(moved, CONFIG), false)).toBe(CONFIG);
  });

  it('may be JSON', () => {
    const json = JSON.stringify({ version: '0.1', storage: { filesystem: {} }, http: { addr: ':5000' } });
    const moved = withDriver(withReadOnly(json, true), S3);
    expect(isReadOnly(moved)).toBe(true);
    expect(storageIn(moved).driver).toBe('s3');
    expect(storageIn(withDriverOf(withReadOnly(moved, false), json)).driver).toBe('filesystem');
  });

  it('that cannot be changed is refused, and what is wrong is said without quoting it', () => {
    const secret = 'never-to-be-seen';
    for (const broken of [
      `storage:\n  s3: { secretkey: "${secret}`,
      `storage: [${secret}]`,
      `http: ${secret}`,
      `storage: { s3: { secretkey: ${secret} }, azure: {} }`,
      `storage: { delete: { enabled: true } }`,
    ]) {
      const read = (): unknown => withReadOnly(withDriver(broken, S3), true);
      expect(read).toThrow(expect.objectContaining({ type: 'RegistryRefused' }));
      expect(read).not.toThrow(secret);
    }
  });
});
