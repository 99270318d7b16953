// What every part of the S3 storage works with: the connection, and what its server has shown to be able to do.

import type { Capabilities } from './capabilities.ts';
import type { S3Connection } from './connection.ts';

export type S3Context = S3Connection & { capabilities: Capabilities };
