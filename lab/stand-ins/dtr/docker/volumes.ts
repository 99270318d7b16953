// `docker volume …` on a lab host.

import { mkdir, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  createNfsVolume,
  createVolume,
  listVolumes,
  mountpoint,
  removeVolume,
  volumeExists,
  volumeOptions,
  writeVolumeOptions,
} from '../volumes.ts';
import { DockerError } from './errors.ts';
import type { DockerHost } from './errors.ts';
import { readOptions } from './options.ts';
import { render } from './template.ts';

const OPTIONS = {
  valued: ['--format', '-f', '--driver', '-d', '--opt', '-o', '--label', '--filter', '--name'],
  switches: ['--quiet', '-q', '--force'],
};
/** Of `volume rm`, where `-f` is a switch. */
const REMOVE_OPTIONS = { valued: [], switches: ['--force', '-f'] };

export async function volumeCommand(host: DockerHost, args: string[]): Promise<string[]> {
  const [command, ...rest] = args;
  if (command === 'ls') return listNames(host, rest);
  if (command === 'inspect') return inspect(host, rest);
  if (command === 'create') return create(host, rest);
  if (command === 'rm') return remove(host, rest);
  throw new DockerError(`docker: 'volume ${command}' is not a docker command.`, 1);
}

async function listNames({ config, node }: DockerHost, args: string[]): Promise<string[]> {
  const options = readOptions(args, OPTIONS);
  const wanted = options.all('--filter', '-f').filter((filter) => filter.startsWith('name='));
  const names = (await listVolumes(config, node)).filter((name) =>
    wanted.every((filter) => name.includes(filter.slice('name='.length))),
  );
  const format = options.all('--format')[0];
  if (format !== undefined) return names.map((name) => render(format, { Name: name, Driver: 'local' }));
  return options.isOn('--quiet', '-q')
    ? names
    : ['DRIVER    VOLUME NAME', ...names.map((name) => `local     ${name}`)];
}

async function inspect({ config, node }: DockerHost, args: string[]): Promise<string[]> {
  const options = readOptions(args, OPTIONS);
  const missing: string[] = [];
  const found: unknown[] = [];
  for (const name of options.rest) {
    if (await volumeExists(config, node, name))
      found.push({
        Driver: 'local',
        Labels: {},
        Mountpoint: mountpoint(config, node, name),
        Name: name,
        Options: await volumeOptions(config, node, name),
        Scope: 'local',
      });
    else missing.push(name);
  }
  if (missing.length > 0)
    throw new DockerError(missing.map((name) => `Error: No such volume: ${name}`).join('\n'), 1);
  const format = options.all('--format', '-f')[0];
  return format === undefined
    ? [JSON.stringify(found, null, 4)]
    : found.map((volume) => render(format, volume));
}

async function create({ config, node }: DockerHost, args: string[]): Promise<string[]> {
  const options = readOptions(args, OPTIONS);
  const name = options.rest[0] ?? options.all('--name')[0] ?? crypto.randomUUID();
  const settings = new Map(options.all('--opt', '-o').map((option) => splitAt(option, '=')));
  const device = settings.get('device') ?? '';
  // Of one that is there already Docker takes no notice of the options
  const isNew = !(await volumeExists(config, node, name));
  if (settings.get('type') === 'nfs') {
    const server = /(?:^|,)addr=([^,]+)/.exec(settings.get('o') ?? '')?.[1] ?? device.split(':')[0] ?? '';
    await createNfsVolume(config, node, name, { host: server, path: device.slice(device.indexOf(':') + 1) });
  } else if (device !== '' && isNew) {
    const data = mountpoint(config, node, name);
    await mkdir(dirname(data), { recursive: true });
    await symlink(device, data);
  } else await createVolume(config, node, name);
  if (isNew && settings.size > 0) await writeVolumeOptions(config, node, name, Object.fromEntries(settings));
  return [name];
}

async function remove({ config, node }: DockerHost, args: string[]): Promise<string[]> {
  const options = readOptions(args, REMOVE_OPTIONS);
  for (const name of options.rest) {
    if (!(await volumeExists(config, node, name)) && !options.isOn('--force', '-f'))
      throw new DockerError(`Error: No such volume: ${name}`, 1);
    await removeVolume(config, node, name);
  }
  return options.rest;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return [text.slice(0, at), text.slice(at + 1)];
}
