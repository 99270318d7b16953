// What a service manager does for a plain registry of the lab: ends its process, and starts it again.
//
//   node restart-registry-main.ts LAB-FOLDER SERVED-FILE

import { readFile } from 'node:fs/promises';
import { stopProcess } from '../process.ts';
import { type ServedRegistry, startServed } from './served-registry.ts';

const [dir, file] = process.argv.slice(2);
if (dir === undefined || file === undefined)
  throw new Error('usage: restart-registry-main.ts LAB-FOLDER SERVED-FILE');
const served = JSON.parse(await readFile(file, 'utf8')) as ServedRegistry;
await stopProcess(dir, served.name);
await startServed(dir, served);
