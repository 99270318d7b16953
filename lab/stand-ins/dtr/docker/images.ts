// The images that a lab host can have: the bootstrapper of every version that the stand-in knows.

import { versionRow } from '../versions.ts';
import { DockerError } from './errors.ts';
import type { DockerHost } from './errors.ts';
import { readOptions } from './options.ts';
import { render } from './template.ts';

const OPTIONS = { valued: ['--format', '-f'], switches: ['--quiet', '-q'] };

/** Name and tag of a bootstrapper's image; undefined for any other. `latest` is the version of the cluster. */
export function bootstrapperImage(
  { config }: DockerHost,
  reference: string,
): { name: string; tag: string } | undefined {
  const [name = '', given = 'latest'] = reference.split(':');
  const tag = given === 'latest' ? config.version : given;
  if (!/^\d+\.\d+\.\d+$/.test(tag)) return undefined;
  try {
    return versionRow(tag).images.includes(name) ? { name, tag } : undefined;
  } catch {
    return undefined;
  }
}

export function imageOf(host: DockerHost, reference: string): unknown {
  const image = bootstrapperImage(host, reference);
  return image === undefined
    ? undefined
    : {
        Id: `sha256:${Buffer.from(reference).toString('hex').padEnd(64, '0').slice(0, 64)}`,
        RepoTags: [`${image.name}:${image.tag}`],
        Config: { Labels: { 'com.docker.dtr.version': image.tag } },
      };
}

export function imageCommand(host: DockerHost, args: string[]): string[] {
  const [command, ...rest] = args;
  const options = readOptions(rest, OPTIONS);
  if (command === 'pull') return pullImage(host, rest);
  if (command === 'ls')
    return options.isOn('--quiet', '-q') ? [] : [`${host.config.image}   ${host.config.version}`];
  if (command !== 'inspect') throw new DockerError(`docker: 'image ${command}' is not a docker command.`, 1);
  const found = options.rest.map((reference) => {
    const image = imageOf(host, reference);
    if (image === undefined) throw new DockerError(`Error: No such image: ${reference}`, 1);
    return image;
  });
  const format = options.all('--format', '-f')[0];
  return format === undefined
    ? [JSON.stringify(found, null, 4)]
    : found.map((image) => render(format, image));
}

export function pullImage(host: DockerHost, args: string[]): string[] {
  const reference = readOptions(args, OPTIONS).rest[0] ?? '';
  const image = bootstrapperImage(host, reference);
  if (image === undefined)
    throw new DockerError(
      `Error response from daemon: manifest for ${reference} not found: manifest unknown`,
      1,
    );
  return [
    `${image.tag}: Pulling from ${image.name}`,
    `Status: Image is up to date for ${image.name}:${image.tag}`,
  ];
}
