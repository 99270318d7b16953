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

  it.each([
    ['digits', 'http:\n  secret: 0012345678901234567890\n'],
    ['a mode', 'mode: 0755 # octal\n'],
    ['a float', 'rate: 1e3\n'],
    ['a base', 'mask: 0x1F\n'],
    ['nothing', 'proxy: ~\nhealth:\n'],
    ['tags', 'secret: !!str 0012\nlevel: !!int 012\n'],
    ['anchors', 'a: &a { x: 0o17 }\nb: *a\nc:\n  <<: *a\n'],
    ['words', 'tls: yes\nhttp2: Off\n'],
    ['its storage', 'redis:\n  db: 007\n'],
  ])('keeps what stands beside the driver as it was written: %s', (_what, beside) => {
    const config = `${beside}storage:\n  filesystem:\n    maxthreads: 0100\n    rootdirectory: 0755\n`;
    const readOnly = withReadOnly(config, true);
    expect(readOnly).toContain(config);
    expect(withReadOnly(readOnly, false)).toBe(config);
    const moved = withDriver(readOnly, S3);
    expect(moved).toContain(beside);
    expect(withDriverOf(moved, config)).toBe(readOnly);
  });

  it('keeps its line ends', () => {
    const config = CONFIG.replaceAll('\n', '\r\n');
    const readOnly = withReadOnly(config, true);
    expect(readOnly).toBe(withReadOnly(CONFIG, true).replaceAll('\n', '\r\n'));
    expect(withReadOnly(readOnly, false)).toBe(config);
    expect(withDriverOf(withDriver(config, S3), config)).toBe(config);
  });

  it('is told values of the type that they have', () => {
    const settings = { accesskey: '0123', secretkey: 'on', chunksize: 10_485_760, secure: true };
    const moved = withDriver(CONFIG, { s3: { ...settings, credentials: { type: '1e3' } } });
    for (const line of [
      'accesskey: "0123"',
      'secretkey: "on"',
      'chunksize: 10485760',
      'secure: true',
      'type: "1e3"',
    ])
      expect(moved).toContain(`${line}\n`);
    expect(withReadOnly(CONFIG, true)).toContain('enabled: true\n');
  });

  it.each(['yes', 'On', 'True', 'TRUE', 'y'])('is read-only by the word %s', (word) => {
    const config = `storage:\n  filesystem: {}\n  maintenance: { readonly: { enabled: ${word} } }\n`;
    expect(isReadOnly(config)).toBe(true);
    expect(withReadOnly(config, true)).toBe(config);
    expect(isReadOnly(withReadOnly(config, false))).toBe(false);
    expect(isReadOnly(config.replace(`: ${word} }`, ': no }'))).toBe(false);
  });

  it('whose anchors an edit would tear apart is refused, and still read', () => {
    const used = 'storage:\n  s3: &s { bucket: b }\n  delete: { enabled: true }\nmirror: *s\n';
    const referring =
      'm: &m { uploadpurging: { enabled: false } }\nstorage:\n  s3: { bucket: b }\n  maintenance: *m\n';
    const refusal = expect.objectContaining({ type: 'RegistryRefused' }) as unknown;
    expect(() => withDriver(used, S3)).toThrow(refusal);
    expect(() => withDriverOf(used, CONFIG)).toThrow(refusal);
    expect(withReadOnly(withReadOnly(used, true), false)).toBe(used);
    expect(() => withReadOnly(referring, true)).toThrow(refusal);
    expect(() => withDriver(referring, S3)).toThrow(refusal);
    expect(() => storageIn('storage:\n  s3: *nowhere\n')).toThrow(refusal);
    for (const config of [used, referring]) {
      expect(storageIn(config).fields).toEqual({ bucket: 'b' });
      expect(fieldsIn(config)).toEqual(['bucket']);
      expect(isReadOnly(config)).toBe(false);
    }
  });

  it.each(['storage:\n', 'storage: 7\n', 'storage: [filesystem]\n'])(
    'that has no storage is refused: %j',
    (config) => {
      for (const read of [storageIn, isReadOnly, sharedCacheIn, fieldsIn])
        expect(() => read(config)).toThrow(expect.objectContaining({ type: 'RegistryRefused' }));
    },
  );

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
