// The containers of the replicas on a lab host. Two processes stand behind a replica's nine containers, so that they start
// and stop together.

import { imageOf } from './images.ts';
import { listReplicaRecords, runningReplicas } from '../cluster.ts';
import type { ReplicaRecord } from '../cluster.ts';
import { startReplica, stopReplica } from '../replica-lifecycle.ts';
import { DockerError } from './errors.ts';
import type { DockerHost } from './errors.ts';
import { readOptions } from './options.ts';
import { render } from './template.ts';

const PARTS = [
  'api',
  'garant',
  'jobrunner',
  'nginx',
  'notary-server',
  'notary-signer',
  'registry',
  'rethinkdb',
  'scanningstore',
] as const;
const ID_LENGTH = 12;
const OPTIONS = {
  valued: ['--filter', '-f', '--format', '--type', '--signal', '-s', '--time', '-t', '--last', '-n'],
  switches: ['--all', '-a', '--quiet', '-q', '--no-trunc'],
};

type Container = { id: string; name: string; part: string; record: ReplicaRecord; isRunning: boolean };

async function containersOf({ config, dtrDir, node }: DockerHost): Promise<Container[]> {
  const running = await runningReplicas(config);
  return (await listReplicaRecords(dtrDir))
    .filter((record) => record.node === node)
    .flatMap((record) =>
      PARTS.map((part, at) => ({
        id:
          `${at}`.padStart(2, '0') +
          Buffer.from(`${record.id}${part}`).toString('hex').slice(0, 62).padEnd(62, '0'),
        name: `dtr-${part}-${record.id}`,
        part,
        record,
        isRunning: running.has(record.id),
      })),
    );
}

const labelsOf = ({ record }: Container): Record<string, string> => ({
  'com.docker.dtr.version': record.version,
  'com.docker.dtr.replica': record.id,
});

export async function listContainers(host: DockerHost, args: string[]): Promise<string[]> {
  const options = readOptions(args, OPTIONS);
  const shown = (await containersOf(host))
    .filter((container) => container.isRunning || options.isOn('--all', '-a'))
    .filter((container) => options.all('--filter', '-f').every((filter) => matches(container, filter)));
  const rows = shown.map((container) => ({
    ID: options.isOn('--no-trunc') ? container.id : container.id.slice(0, ID_LENGTH),
    Names: container.name,
    Image: `${folderOf(host)}/dtr-${container.part}:${container.record.version}`,
    Status: container.isRunning ? 'Up 1 minute (healthy)' : 'Exited (137) 1 minute ago',
    State: container.isRunning ? 'running' : 'exited',
    Labels: labelsOf(container),
  }));
  if (options.isOn('--quiet', '-q')) return rows.map((row) => row.ID);
  const format = options.all('--format')[0];
  if (format !== undefined) return rows.map((row) => render(format, row));
  return [
    'CONTAINER ID   IMAGE   STATUS   NAMES',
    ...rows.map((row) => `${row.ID}   ${row.Image}   ${row.Status}   ${row.Names}`),
  ];
}

function matches(container: Container, filter: string): boolean {
  const [key = '', value = '', labelValue] = filter.split('=');
  if (key === 'name')
    return new RegExp(value).test(`/${container.name}`) || new RegExp(value).test(container.name);
  if (key === 'status') return (container.isRunning ? 'running' : 'exited') === value;
  if (key === 'label') {
    const label = labelsOf(container)[value];
    return label !== undefined && (labelValue === undefined || label === labelValue);
  }
  throw new DockerError(`Error response from daemon: Invalid filter '${key}'`, 1);
}

export async function inspectContainers(host: DockerHost, args: string[]): Promise<string[]> {
  const options = readOptions(args, OPTIONS);
  const containers = await containersOf(host);
  const found = options.rest.map((name) => {
    const container = findContainer(containers, name);
    if (container !== undefined) return describe(container);
    const image = imageOf(host, name);
    if (image === undefined) throw new DockerError(`Error: No such object: ${name}`, 1);
    return image;
  });
  const format = options.all('--format', '-f')[0];
  return format === undefined
    ? [JSON.stringify(found, null, 4)]
    : found.map((object) => render(format, object));
}

const findContainer = (containers: Container[], name: string): Container | undefined =>
  containers.find(
    (container) => container.name === name || (name.length >= ID_LENGTH && container.id.startsWith(name)),
  );

function describe(container: Container): unknown {
  return {
    Id: container.id,
    Name: `/${container.name}`,
    State: {
      Status: container.isRunning ? 'running' : 'exited',
      Running: container.isRunning,
      Health: { Status: container.isRunning ? 'healthy' : 'unhealthy' },
    },
    Config: {
      Labels: labelsOf(container),
      Env: [`DTR_VERSION=${container.record.version}`, `DTR_REPLICA_ID=${container.record.id}`],
    },
  };
}

/** `start`, `stop`, `restart` and `kill`; stopping one container of a replica stops the replica. */
export async function setContainerState(
  host: DockerHost,
  command: string,
  args: string[],
): Promise<string[]> {
  const options = readOptions(args, OPTIONS);
  const containers = await containersOf(host);
  for (const name of options.rest) {
    const container = findContainer(containers, name);
    if (container === undefined)
      throw new DockerError(`Error response from daemon: No such container: ${name}`, 1);
    if (command !== 'start') await stopReplica(host.config, container.record.id);
    if (command === 'start' || command === 'restart')
      await startReplica(host.dtrDir, host.config, container.record);
  }
  return options.rest;
}

const folderOf = ({ config }: DockerHost): string => config.image.split('/')[0] ?? '';
