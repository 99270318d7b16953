// The regions that S1 lists as supported. The registry's driver knows a list of its own time and refuses any other where
// no endpoint is named; servers that are not Amazon's call theirs what they like.

import type { S3StorageEntry } from '../../contracts/inventory.ts';

/** S1 "Supported regions". */
const S1_REGIONS: readonly string[] = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'us-gov-west-1', 'ca-central-1', 'sa-east-1'],
  ...['eu-west-1', 'eu-west-2', 'eu-central-1'],
  ...['ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'ap-northeast-2', 'cn-north-1'],
];

const AMAZON = /(^|\.)amazonaws\.com(\.cn)?$/;

/**
 * What is to be known of an entry's region, as what follows its name; undefined: nothing. The entry may be one that is not
 * checked yet, so no value of it is shown.
 */
export function regionRemark({
  region,
  regionendpoint,
}: Partial<Record<keyof S3StorageEntry, unknown>>): string | undefined {
  if (typeof region !== 'string' || S1_REGIONS.includes(region)) return undefined;
  if (regionendpoint !== undefined && !isAmazon(regionendpoint)) return undefined;
  return `is none of the regions that S1 lists (${S1_REGIONS.join(', ')}): is it spelt right, and does this version of the registry know it?`;
}

const isAmazon = (endpoint: unknown): boolean =>
  typeof endpoint === 'string' && URL.canParse(endpoint) && AMAZON.test(new URL(endpoint).hostname);

/** The first part of its resource names: China and GovCloud are apart. */
export const partitionOf = (region: string): string =>
  region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
