/** A way to a PostgreSQL server that can be shut and opened. */

import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const socket = '.s.PGSQL.5432';

export class Switch {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'sparkq-switch-'));
  private readonly open = new Set<net.Socket>();
  private server: net.Server | undefined;
  /** Leads to where the URL of the server leads. */
  readonly url: string;
  private readonly target: string;

  /** @param url of the server, which has its socket in a folder */
  constructor(url: string) {
    const folder = new URL(url).searchParams.get('host') ?? '';
    this.target = path.join(folder, socket);
    this.url = url.replace(encodeURIComponent(folder), encodeURIComponent(this.folder));
  }

  on(): Promise<void> {
    const server = net.createServer((client) => {
      const way = net.connect(this.target);
      for (const [from, to] of [
        [client, way],
        [way, client],
      ] as const) {
        this.open.add(from);
        from.on('error', () => to.destroy());
        from.on('close', () => to.destroy());
        from.pipe(to);
      }
    });
    this.server = server;
    return new Promise((resolve) => server.listen(path.join(this.folder, socket), resolve));
  }

  /** Ends what goes through it. */
  async off(): Promise<void> {
    const closed = new Promise((resolve) => this.server?.close(resolve));
    for (const one of this.open) one.destroy();
    this.open.clear();
    await closed;
  }

  async remove(): Promise<void> {
    if (this.server?.listening) await this.off();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
