// The few calls of DTR's own API that the lab needs: repositories, tags and schedules (dtr-msr.md §3).

import { type Agent, request } from 'undici';
import type { LabApi } from './lab-api.ts';
import { basic, openAgent, type RegistryAccess, RegistryAnswerError } from './registry-client.ts';

const PAGE_SIZE = 100;

/** Saturday at 1am, as the product's page offers (dtr-msr.md §4): a migration must stop it and put it back. */
const COLLECTION = { action: 'onlinegc', schedule: '0 0 1 * * 6' };

export class DtrApi implements LabApi {
  readonly #access: RegistryAccess;
  readonly #agent: Agent;

  constructor(access: RegistryAccess) {
    this.#access = access;
    this.#agent = openAgent(access.ca);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Creates a repository of `namespace/name` in DTR's own API; one that is there already is well. */
  async createRepository(repository: string): Promise<void> {
    const [namespace = '', name = ''] = repository.split('/');
    const repositoryForm = { name, visibility: 'private', shortDescription: '', longDescription: '' };
    await this.#api('POST', `/api/v0/repositories/${namespace}`, repositoryForm).catch((error: unknown) => {
      if (!(error instanceof RegistryAnswerError) || !error.message.includes('REPOSITORY_EXISTS'))
        throw error;
    });
  }

  async collectByItself(): Promise<void> {
    await this.setCron(COLLECTION.action, COLLECTION.schedule);
  }

  schedules = async (): Promise<unknown> => await this.listCrons();

  /** The crons of DTR's own API: action and schedule of each. */
  async listCrons(): Promise<{ action: string; schedule: string }[]> {
    const { crons } = JSON.parse(await this.#api('GET', '/api/v0/crons')) as {
      crons: { action: string; schedule: string }[];
    };
    return crons.map(({ action, schedule }) => ({ action, schedule }));
  }

  async setCron(action: string, schedule: string): Promise<void> {
    await this.#api('POST', '/api/v0/crons', {
      action,
      schedule,
      retries: 0,
      deadline: '',
      stopTimeout: '30s',
    });
  }

  async #api(method: 'GET' | 'POST', path: string, body?: unknown): Promise<string> {
    const { host, user, password } = this.#access;
    const response = await request(`https://${host}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json', authorization: basic(user, password) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300)
      throw new RegistryAnswerError(`${method} ${path}`, response.statusCode, text);
    return text;
  }

  /** Every tag with the digest that it names, through DTR's own API. */
  async listTags(): Promise<{ repository: string; tag: string; digest: string }[]> {
    const found: { repository: string; tag: string; digest: string }[] = [];
    for await (const page of this.#pages('/api/v0/repositories')) {
      for (const { namespace, name } of (page as { repositories: { namespace: string; name: string }[] })
        .repositories) {
        const repository = `${namespace}/${name}`;
        for await (const tags of this.#pages(`/api/v0/repositories/${repository}/tags`))
          for (const { name: tag, digest } of tags as { name: string; digest: string }[])
            found.push({ repository, tag, digest });
      }
    }
    return found;
  }

  async *#pages(path: string): AsyncGenerator {
    const { host, user, password } = this.#access;
    for (let start: string | undefined = ''; start !== undefined;) {
      const url = new URL(`https://${host}${path}?pageSize=${PAGE_SIZE}`);
      if (start !== '') url.searchParams.set('pageStart', start);
      const response = await request(url, {
        dispatcher: this.#agent,
        headers: { authorization: basic(user, password) },
      });
      if (response.statusCode !== 200)
        throw new RegistryAnswerError(`list of ${path}`, response.statusCode, await response.body.text());
      yield await response.body.json();
      const next = response.headers['x-next-page-start'];
      start = typeof next === 'string' && next !== '' ? next : undefined;
    }
  }
}
