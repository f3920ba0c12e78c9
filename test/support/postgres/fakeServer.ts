/** What stands in for a PostgreSQL server where only the connection matters: it lets in, or not, and answers one question. */

import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';

/** Certificates and their key; see the README there. */
export const certificates = path.resolve('test/fixtures/tls');

interface Fake {
  /** Whether it says that it only takes reads; by default it takes changes. */
  onlyReads?: boolean;
  /** The certificate to show; without one, it has no TLS. */
  certificate?: string;
  /** The code with which it refuses whoever connects. */
  refuses?: string;
  /** It wants the password in plain text, and notes it. */
  wantsPassword?: boolean;
}

export interface FakeServer {
  port: number;
  /** The passwords that it was given. */
  passwords: string[];
  close(): void;
}

const tlsRequest = 80877103;

export async function startFakeServer(fake: Fake): Promise<FakeServer> {
  const passwords: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', (first) => {
      if (first.length !== 8 || first.readInt32BE(4) !== tlsRequest) return talk(socket, fake, passwords);
      if (fake.certificate === undefined) return void socket.write('N');
      socket.write('S');
      const secure = new tls.TLSSocket(socket, {
        isServer: true,
        key: readFileSync(path.join(certificates, 'server.key')),
        cert: readFileSync(path.join(certificates, fake.certificate)),
      });
      secure.on('error', () => undefined).once('data', () => talk(secure, fake, passwords));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    passwords,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** From the first message on, in which the client says who it is. */
function talk(
  socket: net.Socket,
  { onlyReads = false, refuses, wantsPassword }: Fake,
  passwords: string[],
): void {
  const ready = message('Z', Buffer.from('I'));
  const letIn = Buffer.concat([message('R', Buffer.alloc(4)), ready]);
  const said = Buffer.from(String(onlyReads));
  const answer = Buffer.concat([
    message('T', Buffer.concat([Buffer.from([0, 1]), text('only'), Buffer.alloc(18)])),
    message('D', Buffer.concat([Buffer.from([0, 1, 0, 0, 0, said.length]), said])),
    message('C', text('SELECT 1')),
    ready,
  ]);
  if (refuses !== undefined) {
    const fields = ['SFATAL', `C${refuses}`, 'MThe server refuses.', ''].map(text);
    return void socket.end(message('E', Buffer.concat(fields)));
  }
  socket.on('data', (data) => {
    if (data[0] === 0x70) {
      passwords.push(data.subarray(5, -1).toString());
      socket.write(letIn);
    } else if (data[0] === 0x51) socket.write(answer);
  });
  socket.write(wantsPassword ? message('R', Buffer.from([0, 0, 0, 3])) : letIn);
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
