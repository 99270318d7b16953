// What the lab does with a registry beside pushing and pulling, whichever product it is.

export type ListedTag = { repository: string; tag: string; digest: string };

export interface LabApi {
  /** One that is there already is well. */
  createRepository(repository: string): Promise<void>;
  /** Garbage is collected by a schedule from now on, where the product has one. */
  collectByItself(): Promise<void>;
  /** As the product shows them, to be compared. */
  schedules(): Promise<unknown>;
  listTags(): Promise<ListedTag[]>;
  close(): Promise<void>;
}
