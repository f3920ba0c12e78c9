/** pgbouncer in front of the server of this run, which lends each of its connections to one transaction. */

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const port = 6432;

export class Pooler {
  private constructor(
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  /** Where the program is; undefined if it is not installed (Debian: pgbouncer). */
  static program(): string | undefined {
    const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
    return folders.map((folder) => path.join(folder, 'pgbouncer')).find((file) => existsSync(file));
  }

  /** @param url of the server, which has its socket in a folder */
  static async start(url: string): Promise<Pooler> {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sparkq-pooler-'));
    const file = path.join(folder, 'pgbouncer.ini');
    const server = new URL(url).searchParams;
    writeFileSync(
      file,
      `[databases]
postgres = host=${server.get('host')} user=${server.get('user')}
[pgbouncer]
listen_port = ${port}
unix_socket_dir = ${folder}
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
`,
    );
    // It refuses to run as root, but becomes somebody else.
    const root = process.getuid?.() === 0;
    if (root) chmodSync(folder, 0o777);
    const child = spawn(Pooler.program() ?? 'pgbouncer', [...(root ? ['-u', 'nobody'] : []), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      let said = '';
      child.stderr?.on('data', (some: Buffer) => {
        said += some;
        if (said.includes('process up')) resolve();
      });
      child.once('exit', () => reject(new Error(`pgbouncer ended: ${said}`)));
    });
    return new Pooler(folder, child);
  }

  /** The way through it to where `url` leads. */
  urlOf(url: string): string {
    const { searchParams } = new URL(url);
    return `postgresql:///postgres?host=${encodeURIComponent(this.folder)}&port=${port}&user=${searchParams.get('user')}`;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
