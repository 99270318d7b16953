// A second S3 server of the lab, with keys of its own: where people go who leave the first one, or where they come from.

import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTools } from '../tools/ensure-tools.ts';
import { silent } from '../progress.ts';
import { startS3 } from '../servers/s3.ts';
import { readSecret, secretFile } from './lab-config.ts';
import { type LabSite, type OpenedStorage, SITE_NAMES } from './sites.ts';

const NAME = 's3-other';
const ROOT = 'images';

export async function openOtherS3Sites(dir: string, port: number): Promise<OpenedStorage> {
  const files = {
    accesskey: await secretFile(dir, `${NAME}-access-key`),
    secretkey: await secretFile(dir, `${NAME}-secret-key`),
  };
  const { versitygw } = await ensureTools(silent);
  const s3 = await startS3(dir, {
    name: NAME,
    port,
    accessKey: await readSecret(files.accesskey),
    secretKey: await readSecret(files.secretkey),
    buckets: Object.values(SITE_NAMES),
    versitygw,
  });
  const placeOf = (site: LabSite) => ({
    bucket: SITE_NAMES[site],
    region: s3.region,
    regionendpoint: s3.endpoint,
    rootdirectory: ROOT,
    v4auth: true,
    secure: false,
    skipverify: false,
  });
  return {
    entry: (site) => ({
      kind: 's3',
      ...placeOf(site),
      accesskey: { file: files.accesskey },
      secretkey: { file: files.secretkey },
    }),
    section: (site) => ({
      s3: { ...placeOf(site), accesskey: s3.accessKey, secretkey: s3.secretKey },
    }),
    clear: async (site) => {
      const folder = join(dir, NAME, SITE_NAMES[site]);
      for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
    },
  };
}
