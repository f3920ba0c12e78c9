/** A PostgreSQL server for tests: the system's programs, with their files and their socket in a temporary folder. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const user = 'sparkq';
/** Debian keeps each major version apart, and puts none on the PATH. */
const debianFolder = '/usr/lib/postgresql';
/** The server refuses to run as root. */
const nobody = 65534;

export class PostgresServer {
  private constructor(
    private readonly root: string,
    /** The first process of the server. */
    readonly process: ChildProcess,
  ) {}

  /** Why there cannot be a server here; undefined if there can. */
  static problem(): string | undefined {
    return programs() === undefined ? 'PostgreSQL is not installed (Debian: postgresql)' : undefined;
  }

  /** @param given settings; by default those of a server that need not outlive its machine */
  static async start(given = ['fsync=off', 'shared_buffers=32MB']): Promise<PostgresServer> {
    const bin = programs();
    if (bin === undefined) throw new Error(PostgresServer.problem());
    const root = mkdtempSync(path.join(os.tmpdir(), 'sparkq-pg-'));
    const owner = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
    if (owner.uid !== undefined) chownSync(root, nobody, nobody);
    const data = path.join(root, 'data');
    const made = spawnSync(
      path.join(bin, 'initdb'),
      ['-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
      { ...owner, cwd: root, encoding: 'utf8' },
    );
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`);
    const settings = ['listen_addresses=', `unix_socket_directories=${root}`, ...given];
    const child = spawn(
      path.join(bin, 'postgres'),
      ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...owner, cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const server = new PostgresServer(root, child);
    await server.ready();
    process.once('exit', () => server.end());
    return server;
  }

  /** Of the database `postgres`. */
  get url(): string {
    return `postgresql:///postgres?host=${encodeURIComponent(this.root)}&user=${user}`;
  }

  /** Ends the server at once, with its connections, and removes its files. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.end();
    if (this.process.exitCode === null && this.process.signalCode === null) await ended;
    rmSync(this.root, { recursive: true, force: true });
  }

  private end(): void {
    this.process.kill('SIGQUIT');
  }

  /** Resolves when the server takes connections. */
  private ready(): Promise<void> {
    let said = '';
    return new Promise((resolve, reject) => {
      this.process.stderr?.on('data', (some: Buffer) => {
        said += some;
        if (said.includes('ready to accept connections')) resolve();
      });
      this.process.once('exit', () => reject(new Error(`PostgreSQL ended: ${said}`)));
    });
  }
}

/** The folder of the newest programs; undefined if there are none. */
function programs(): string | undefined {
  const versions = existsSync(debianFolder)
    ? readdirSync(debianFolder)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  const folders = [
    ...versions.map((version) => path.join(debianFolder, String(version), 'bin')),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ];
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')));
}

/** A schema that no other test uses, on the server of this run. */
export function newSchema(): { url: string; schema: string } {
  const url = process.env.SPARKQ_TEST_POSTGRES;
  if (url === undefined) throw new Error('These tests get their server from the tier: npm test -- postgres');
  return { url, schema: `test_${randomBytes(8).toString('hex')}` };
}
