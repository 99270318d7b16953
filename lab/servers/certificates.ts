// The lab's own certificate authority and one server certificate for every registry address of the lab. Made once for
// a lab; the CA's key is thrown away, so nothing else can ever be signed by it.

import { access, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runLines } from '../run-lines.ts';

const VALID_DAYS = '3650';

export type Certificates = {
  /** PEM of the CA. Its folder holds nothing else, so that skopeo takes it as `--src-cert-dir`. */
  ca: string;
  certificate: string;
  key: string;
};

/** `addresses`: every IP address that the registry answers at. */
export async function makeCertificates(dir: string, addresses: string[]): Promise<Certificates> {
  const ca = join(dir, 'ca', 'ca.crt');
  const certificate = join(dir, 'certificates', 'server.pem');
  const key = join(dir, 'certificates', 'server-key.pem');
  const made: Certificates = { ca, certificate, key };
  const there = await access(ca).then(
    () => true,
    () => false,
  );
  if (there) return made;
  const work = join(dir, 'certificates.new');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  const openssl = (args: string[]): Promise<void> => runLines('openssl', args, { cwd: work });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl(
    [
      ['req', '-x509', ...newKey, '-keyout', 'ca-key.pem', '-out', 'ca.crt', '-days', VALID_DAYS],
      ['-subj', '/CN=Transship lab CA', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ].flat(),
  );
  await openssl([
    'req',
    ...newKey,
    '-keyout',
    'server-key.pem',
    '-out',
    'server.csr',
    '-subj',
    '/CN=localhost',
  ]);
  await writeFile(
    join(work, 'server.ext'),
    `subjectAltName=${['DNS:localhost', ...addresses.map((address) => `IP:${address}`)].join(',')}\nbasicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n`,
  );
  await openssl(
    [
      ['x509', '-req', '-in', 'server.csr', '-CA', 'ca.crt', '-CAkey', 'ca-key.pem', '-CAcreateserial'],
      ['-days', VALID_DAYS, '-extfile', 'server.ext', '-out', 'server.pem'],
    ].flat(),
  );
  await mkdir(join(dir, 'ca'), { recursive: true });
  await mkdir(join(dir, 'certificates'), { recursive: true });
  await chmod(join(work, 'server-key.pem'), 0o600);
  await rename(join(work, 'server-key.pem'), key);
  await writeFile(certificate, await readFile(join(work, 'server.pem')));
  // The CA comes last: where it lies, all of it is there.
  await rename(join(work, 'ca.crt'), ca);
  await rm(work, { recursive: true, force: true });
  return made;
}
