// The plain registry has no API beside that of images: repositories come with the first push, and nothing collects by itself.

import type { LabApi, ListedTag } from './lab-api.ts';
import { type RegistryAccess, RegistryClient } from './registry-client.ts';

export class PlainApi implements LabApi {
  readonly #client: RegistryClient;

  constructor(access: RegistryAccess) {
    this.#client = new RegistryClient(access);
  }

  async createRepository(): Promise<void> {}

  async collectByItself(): Promise<void> {}

  async schedules(): Promise<unknown> {
    return [];
  }

  async listTags(): Promise<ListedTag[]> {
    const found: ListedTag[] = [];
    for (const { repository, tag } of await this.#client.listTags()) {
      const manifest = await this.#client.getManifest(repository, tag);
      if (manifest !== undefined) found.push({ repository, tag, digest: manifest.digest });
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }
}
