/** What one built checkout takes for a workload: its programs are run as they are in dist/, whatever its sources. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { payload } from './engine';
import { postJson } from './postJson';
import { measure, median } from './statistics';

/** Figures by name: milliseconds, or bytes. Less is better of each. */
export type Costs = Record<string, number>;

export const token = 'bench';
const callers = 100;

export class Checkout {
  private readonly dist: string;

  /** @throws Error when the folder holds no built checkout */
  constructor(folder: string) {
    this.dist = path.resolve(folder, 'dist');
    for (const name of ['cli.js', 'extension.js']) {
      if (!fs.existsSync(path.join(this.dist, name))) {
        throw new Error(`${folder} is not built: there is no dist/${name}. Run there: npm run build`);
      }
    }
    if (fs.existsSync(path.join(this.dist, 'cli.js.map'))) {
      throw new Error(`${folder} holds a development build. Run there: npm run build`);
    }
  }

  /** One round on a new queue in an empty folder. `tasks` is how many are enqueued, and half as many claimed. */
  async measure(folder: string, tasks: number): Promise<Costs> {
    const place = new Place(this.dist, folder);
    place.run('setup', '--yes');
    const served = await this.measureServed(place, tasks);

    return {
      ...served,
      'command that opens the queue itself': medianTime(5, () =>
        place.run('tasks', '--limit', '1', '--json'),
      ),
      'sparkq status': medianTime(5, () => place.run('status')),
      'sparkq --version': medianTime(5, () => place.run('--version')),
      'load of extension.js': medianTime(5, () => this.loadExtension()),
      'bytes that extension.js loads': sizeOf(this.loadExtension()),
      'bytes of dist/': sizeOf(this.files()),
    };
  }

  private async measureServed(place: Place, tasks: number): Promise<Costs> {
    const server = await place.serve();
    const costs = await measureOverHttp(server.url, tasks).finally(() => server.end('SIGKILL'));
    const killed = performance.now();
    place.run('tasks', '--limit', '1', '--json');
    return { ...costs, 'first command after the owner was killed': performance.now() - killed };
  }

  /** Loads the extension in a process of its own, with a stand-in for the editor; gives the files that were loaded. */
  private loadExtension(): string[] {
    const program = `
      const modules = require('node:module');
      const load = modules._load;
      const standIn = new Proxy(function () {}, {
        get: (_, name) => (name === Symbol.toPrimitive ? () => '' : standIn),
        getPrototypeOf: () => standIn,
      });
      modules._load = (name, ...more) => (name === 'vscode' ? standIn : load(name, ...more));
      require(${JSON.stringify(path.join(this.dist, 'extension.js'))});
      console.log(JSON.stringify(Object.keys(require.cache)));`;
    return JSON.parse(runNode(['-e', program])) as string[];
  }

  private files(): string[] {
    const entries = fs.readdirSync(this.dist, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name));
  }
}

/** Calls of many clients and of one: milliseconds a call. */
async function measureOverHttp(url: string, tasks: number): Promise<Costs> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: callers });
  const post = async (route: string, body: object) => {
    const { status, body: text } = await postJson(agent, `${url}${route}`, token, JSON.stringify(body));
    if (status >= 300) throw new Error(`${route} answered ${status}: ${text}`);
    return text;
  };
  await post('/api/sessions', { name: 'bench' });
  for (const name of ['many', 'lone']) await post('/api/streams', { session_id: 'bench', name });
  const enqueue = (stream: string) =>
    post('/api/tasks', { stream_id: stream, tool_name: 'run-bash', payload: JSON.parse(payload) as object });
  const perCall = async (count: number, most: number, call: () => Promise<unknown>) => {
    const figure = await measure(count, most, 60_000, async () => {
      await call();
      return true;
    });
    return count === 1 ? figure.p50 : 1000 / figure.rate;
  };
  const costs = {
    [`enqueue, ${callers} callers`]: await perCall(callers, tasks, () => enqueue('many')),
    [`claim, ${callers} callers`]: await perCall(callers, tasks / 2, () =>
      post('/api/streams/many/claim', {}),
    ),
    'lone enqueue': await perCall(1, tasks / 10, () => enqueue('lone')),
    'lone claim': await perCall(1, tasks / 10, () => post('/api/streams/lone/claim', {})),
  };
  agent.destroy();
  return costs;
}

function sizeOf(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
}

/** A workspace with a user folder of its own, for one checkout's command line. */
export class Place {
  readonly env: NodeJS.ProcessEnv;

  constructor(
    private readonly dist: string,
    readonly folder: string,
  ) {
    fs.mkdirSync(folder, { recursive: true });
    this.env = { SPARKQ_HOME: path.join(folder, 'home'), SPARKQ_TOKEN: token };
  }

  run(...args: string[]): void {
    runNode([path.join(this.dist, 'cli.js'), ...args], { cwd: this.folder, env: this.env });
  }

  async serve(): Promise<{ url: string; end: (signal: NodeJS.Signals) => Promise<void> }> {
    const child: ChildProcess = spawn(process.execPath, [path.join(this.dist, 'cli.js'), 'serve'], {
      cwd: this.folder,
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!child.stdout) throw new Error('the server has no output');
    for await (const line of createInterface({ input: child.stdout })) {
      const [, url] = /^SparkQ server: (http:\S+)/.exec(line) ?? [];
      if (url === undefined) continue;
      return {
        url,
        end: async (signal) => {
          const ended = once(child, 'exit');
          child.kill(signal);
          await ended;
        },
      };
    }
    throw new Error(`${this.dist}/cli.js serve ended without an address`);
  }
}

/** What a program prints. @throws Error when it does not exit with 0 */
export function runNode(
  args: string[],
  { cwd, env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited ${status}: ${stderr}`);
  return stdout;
}

/** Median of the milliseconds that `run` takes. */
function medianTime(times: number, run: () => void): number {
  return median(
    Array.from({ length: times }, () => {
      const start = performance.now();
      run();
      return performance.now() - start;
    }),
  );
}
