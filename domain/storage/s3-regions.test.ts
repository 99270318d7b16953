import { expect, it } from 'vitest';
import { partitionOf, regionRemark } from './s3-regions.ts';

const S1 = [
  ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'eu-west-1', 'eu-west-2', 'eu-central-1'],
  ...['ap-south-1', 'ap-southeast-1', 'ap-southeast-2', 'ap-northeast-1', 'ap-northeast-2', 'sa-east-1'],
  ...['cn-north-1', 'us-gov-west-1', 'ca-central-1'],
];

it.each(S1)('knows %s', (region) => {
  expect(regionRemark({ region })).toBeUndefined();
  expect(regionRemark({ region: `${region}a` })).toContain('is none of the regions');
});

it('lets servers that are not Amazon’s call their region what they like', () => {
  const region = 'garage';
  expect(regionRemark({ region, regionendpoint: 'https://minio.example.com:9000' })).toBeUndefined();
  for (const host of ['s3.amazonaws.com', 's3.cn-north-1.amazonaws.com.cn'])
    expect(regionRemark({ region, regionendpoint: `https://${host}` })).toContain('none of the regions');
  expect(regionRemark({ region, regionendpoint: 'https://amazonaws.com.example.org' })).toBeUndefined();
});

it('knows the partitions', () => {
  expect(['eu-west-1', 'cn-north-1', 'us-gov-west-1'].map(partitionOf)).toEqual([
    'aws',
    'aws-cn',
    'aws-us-gov',
  ]);
});
