// The process behind google-front.ts: a proxy that answers for every host itself, by TLS with the lab's certificate, and
// hands each request on to the lab's Google storage; and the server that gives out tokens, which nobody there asks for.
// Arguments: port, URL of the storage, files of certificate and key.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

const TOKEN_LIFE_S = 3600;
const [port, api = '', certificate = '', key = ''] = process.argv.slice(2);

const front = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, handOn);

const proxy = createServer((incoming, response) => {
  incoming.resume();
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ access_token: 'lab', token_type: 'Bearer', expires_in: TOKEN_LIFE_S }));
});
proxy.on('connect', (_request, socket) => {
  socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  front.emit('connection', socket);
});
proxy.listen(Number(port), '127.0.0.1');

function handOn(incoming: IncomingMessage, response: ServerResponse): void {
  const { host, ...headers } = incoming.headers;
  const outgoing = request(
    new URL(incoming.url ?? '/', api),
    { method: incoming.method, headers: { ...headers, 'x-forwarded-host': host ?? '' } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  outgoing.once('error', () => response.destroy());
  incoming.pipe(outgoing);
}
