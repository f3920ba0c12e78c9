/** The server build of VS Code as a process: started, asked for its extension hosts, stopped. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { signalGroup } from '../support/processGroup';
import { provisionServer } from './provision';
import { quietSettings } from './settings';

export interface ServerOptions {
  /** A folder for everything that this VS Code keeps: settings, logs, storage, installed extensions. */
  data: string;
  /** Added to this process's environment; extension hosts inherit it. */
  env?: NodeJS.ProcessEnv;
  /** Ask whether to trust a folder, as a fresh VS Code does; off by default: everything is trusted. */
  workspaceTrust?: boolean;
  /** A secret that the address must carry. */
  connectionToken?: string;
  /** A free one by default. */
  port?: number;
}

export class VsCodeServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly data: string,
    private readonly token: string | undefined,
  ) {}

  /** Resolves when the server listens. */
  static async start(options: ServerOptions): Promise<VsCodeServer> {
    const build = await provisionServer();
    if (!existsSync(settingsFile(options.data))) await writeUserSettings(options.data);
    const child = spawn(build.node, [build.main, ...serverArguments(options)], {
      cwd: options.data,
      env: serverEnvironment(options.env),
      // A group of its own, so that its helpers end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killGroup = () => signalGroup(child, 'SIGKILL');
    process.once('exit', killGroup);
    child.once('exit', () => process.removeListener('exit', killGroup));
    const port = await untilListening(child, path.join(options.data, 'server.log'));
    return new VsCodeServer(child, port, options.data, options.connectionToken);
  }

  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Where a browser finds the workbench on a folder or a `.code-workspace` file; with neither, an empty window. */
  address(target: { folder?: string; workspace?: string } = {}): string {
    const query = new URLSearchParams();
    if (this.token) query.set('tkn', this.token);
    if (target.folder) query.set('folder', target.folder);
    else if (target.workspace) query.set('workspace', target.workspace);
    else query.set('ew', 'true');
    return `http://${this.authority}/?${query}`;
  }

  /** Process ids of the extension hosts that live now. */
  async extensionHosts(): Promise<number[]> {
    const processes = (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const hosts = await Promise.all(processes.map((pid) => this.isExtensionHost(Number(pid))));
    return hosts.filter((pid) => pid !== undefined);
  }

  private async isExtensionHost(pid: number): Promise<number | undefined> {
    try {
      const [stat, command] = await Promise.all([
        fs.readFile(`/proc/${pid}/stat`, 'utf8'),
        fs.readFile(`/proc/${pid}/cmdline`, 'utf8'),
      ]);
      // After the name in parentheses: state, parent ...
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === this.child.pid && command.includes('--type=extensionHost') ? pid : undefined;
    } catch {
      return undefined; // It ended while we looked.
    }
  }

  /** Lets the extension hosts deactivate (VS Code gives them 5 s), then ends whatever is left. */
  async stop(): Promise<void> {
    const hosts = await this.extensionHosts();
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    const running = this.child.exitCode === null && this.child.signalCode === null;
    this.child.kill('SIGTERM');
    if (running) await Promise.race([exited, pause(5_000, undefined, { ref: false })]);
    const deadline = Date.now() + 7_000;
    while (hosts.some((pid) => existsSync(`/proc/${pid}`)) && Date.now() < deadline) await pause(50);
    signalGroup(this.child, 'SIGKILL');
  }
}

/** Where a server with this data keeps settings and what extensions store. */
export function userFolder(data: string): string {
  return path.join(data, 'data', 'User');
}

/** Replaces the user settings by the quiet ones with these over them. A window reads them when it is opened. */
export async function writeUserSettings(
  data: string,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await fs.mkdir(userFolder(data), { recursive: true });
  const all = {
    ...quietSettings,
    // A tree view that was just left takes the focus back when it is refreshed in that moment (customTreeView of VS Code,
    // doRefresh); the question that it was left for would close.
    'workbench.quickOpen.closeOnFocusLost': false,
    ...settings,
  };
  await fs.writeFile(settingsFile(data), JSON.stringify(all, null, 2));
}

function settingsFile(data: string): string {
  return path.join(userFolder(data), 'settings.json');
}

function serverArguments(options: ServerOptions): string[] {
  return [
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    '--accept-server-license-terms',
    '--disable-telemetry',
    '--disable-experiments',
    // Seconds for which an extension host waits for a window that has gone without a word; hours by default.
    '--reconnection-grace-time',
    '10',
    '--server-data-dir',
    options.data,
    '--extensions-dir',
    path.join(options.data, 'extensions'),
    ...(options.connectionToken
      ? ['--connection-token', options.connectionToken]
      : ['--without-connection-token']),
    ...(options.workspaceTrust ? [] : ['--disable-workspace-trust']),
  ];
}

/**
 * Without what an outer VS Code or debugger has set; the server would take it for its own. It asks the shell for its
 * environment: not bash, whose start-up files do whatever the machine's owner likes, and take long beside other tests.
 */
function serverEnvironment(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$|npm_)/.test(name),
  );
  return { ...Object.fromEntries(inherited), SHELL: '/bin/sh', ...added };
}

function untilListening(child: ChildProcess, logFile: string): Promise<number> {
  const log = createWriteStream(logFile, { flags: 'a' });
  return new Promise((resolve, reject) => {
    let printed = '';
    let listening = false;
    const read = (chunk: Buffer) => {
      log.write(chunk);
      if (listening) return;
      printed += chunk;
      const match = /Extension host agent listening on (\d+)/.exec(printed);
      if (match) {
        listening = true;
        resolve(Number(match[1]));
      }
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      log.end();
      reject(new Error(`The VS Code server ended with ${signal ?? code} before it listened:\n${printed}`));
    });
  });
}
