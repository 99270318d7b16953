// The configuration files of the lab's Swift: one device, one replica, every filter of the proxy that storages meet.

import { userInfo } from 'node:os';

export type SwiftPorts = {
  proxy: number;
  account: number;
  container: number;
  object: number;
  memcached: number;
};

export type SwiftFeatures = {
  /** Filters of the proxy to leave out, as clusters do that lack them: `bulk`, `slo`, `dlo`. */
  without?: string[];
  /** Constraints of `swift.conf`, e.g. `max_file_size`. */
  constraints?: Record<string, number>;
  /** Lifetime of tempauth's tokens in seconds; default: a day. */
  tokenLifeS?: number;
  /** Accounts `KEY_<project>` are open to tokens of this Keystone. */
  keystone?: { url: string; username: string; password: string };
};

export const SWIFT_USER = { username: 'lab:tester', password: 'testing-swift' };

const HOST = '127.0.0.1';
const DEFAULT_TOKEN_LIFE_S = 86_400;

/** File name to content. `folder` holds them, `devices` the data. */
export function swiftConfig(
  folder: string,
  devices: string,
  ports: SwiftPorts,
  features: SwiftFeatures,
): Record<string, string> {
  const common = (port: number): Section => ({
    bind_ip: HOST,
    bind_port: port,
    // One process without forks, so that its pid is the whole server.
    workers: 0,
    user: userInfo().username,
    swift_dir: folder,
    log_level: 'WARNING',
    // Keeps the log off a syslog socket: it goes to standard error.
    log_address: '/nonexistent',
  });
  const backend = (name: string, port: number): string =>
    ini({
      DEFAULT: { ...common(port), devices, mount_check: 'false' },
      'pipeline:main': { pipeline: `${name}-server` },
      [`app:${name}-server`]: { use: `egg:swift#${name}` },
    });
  return {
    'swift.conf': ini({
      'swift-hash': { swift_hash_path_prefix: 'lab', swift_hash_path_suffix: 'lab' },
      'storage-policy:0': { name: 'Policy-0', default: 'yes' },
      'swift-constraints': features.constraints ?? {},
    }),
    'account-server.conf': backend('account', ports.account),
    'container-server.conf': backend('container', ports.container),
    'object-server.conf': backend('object', ports.object),
    'proxy-server.conf': ini(proxy(common(ports.proxy), ports, features)),
  };
}

type Section = Record<string, string | number>;

function proxy(common: Section, ports: SwiftPorts, features: SwiftFeatures): Record<string, Section> {
  const { keystone, without = [] } = features;
  const filters: Record<string, Section> = {
    catch_errors: { use: 'egg:swift#catch_errors' },
    gatekeeper: { use: 'egg:swift#gatekeeper' },
    healthcheck: { use: 'egg:swift#healthcheck' },
    cache: { use: 'egg:swift#memcache', memcache_servers: `${HOST}:${ports.memcached}` },
    listing_formats: { use: 'egg:swift#listing_formats' },
    bulk: { use: 'egg:swift#bulk' },
    s3api: { use: 'egg:swift#s3api', s3_acl: 'no', location: 'us-east-1' },
    ...(keystone && keystoneFilters(keystone)),
    tempauth: {
      use: 'egg:swift#tempauth',
      [`user_${SWIFT_USER.username.replace(':', '_')}`]: `${SWIFT_USER.password} .admin`,
      storage_url_scheme: 'default',
      token_life: features.tokenLifeS ?? DEFAULT_TOKEN_LIFE_S,
    },
    copy: { use: 'egg:swift#copy' },
    slo: { use: 'egg:swift#slo' },
    dlo: { use: 'egg:swift#dlo' },
    versioned_writes: { use: 'egg:swift#versioned_writes', allow_object_versioning: 'true' },
    symlink: { use: 'egg:swift#symlink' },
  };
  const used = Object.keys(filters).filter((name) => !without.includes(name));
  return {
    DEFAULT: common,
    'pipeline:main': { pipeline: [...used, 'proxy-server'].join(' ') },
    'app:proxy-server': {
      use: 'egg:swift#proxy',
      account_autocreate: 'true',
      allow_account_management: 'true',
    },
    ...Object.fromEntries(used.map((name) => [`filter:${name}`, filters[name] ?? {}])),
  };
}

/** Before tempauth, which takes only tokens and accounts of its own and leaves the others as it finds them. */
function keystoneFilters(keystone: {
  url: string;
  username: string;
  password: string;
}): Record<string, Section> {
  return {
    authtoken: {
      'paste.filter_factory': 'keystonemiddleware.auth_token:filter_factory',
      www_authenticate_uri: keystone.url,
      auth_url: keystone.url,
      auth_type: 'password',
      username: keystone.username,
      password: keystone.password,
      user_domain_id: 'default',
      project_domain_id: 'default',
      project_name: 'admin',
      interface: 'public',
      // Tokens that were looked at are kept in Swift's own memory of them.
      cache: 'swift.cache',
      delay_auth_decision: 'true',
    },
    keystoneauth: { use: 'egg:swift#keystoneauth', operator_roles: 'admin, member', reseller_prefix: 'KEY' },
  };
}

function ini(sections: Record<string, Section>): string {
  return Object.entries(sections)
    .map(
      ([name, values]) =>
        `[${name}]\n${Object.entries(values)
          .map(([key, value]) => `${key} = ${value}\n`)
          .join('')}`,
    )
    .join('\n');
}
