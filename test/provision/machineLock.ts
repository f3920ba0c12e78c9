/**
 * A lock between processes of one machine, held on an abstract socket: the kernel gives it up with the process, so
 * nothing is left behind by a killed one. Linux only, as is everything that uses it.
 */

import net from 'node:net';

/** Runs `action` while no other process that uses the same name runs its own. */
export async function withMachineLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  const address = `\0${name}`;
  for (;;) {
    const held = await listen(address);
    if (!held) {
      await untilHolderEnds(address);
      continue;
    }
    try {
      return await action();
    } finally {
      await new Promise((resolve) => {
        held.server.close(resolve);
        for (const socket of held.waiting) socket.destroy();
      });
    }
  }
}

interface Held {
  server: net.Server;
  /** Those who wait for the lock: the end of their connection tells them that it is free. */
  waiting: Set<net.Socket>;
}

function listen(address: string): Promise<Held | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      waiting.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => waiting.delete(socket));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve({ server, waiting }));
  });
}

function untilHolderEnds(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect(address);
    socket.on('error', () => {});
    socket.once('close', () => resolve());
    socket.resume();
  });
}
