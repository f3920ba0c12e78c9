/**
 * Makes a real VS Code available on a machine that has only Node, npm and (as root, on Debian and its kin) apt: the
 * server build that the npm package code-server carries, the newer Node it needs, and Chromium to show it.
 *
 * Everything but system packages goes into a cache outside the repository, one folder for each recipe; a folder is
 * built beside it and moved into place, so what is there is whole.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findProgram, run } from './commands';
import { withMachineLock } from './machineLock';
import { standIns } from './standIns';

const codeServerVersion = '4.139.1';
const nodeVersion = '24.21.0';
/** Raise it when a change here must rebuild what is cached. */
const recipe = 4;

/** Modules of the server that only agents, dev containers, Windows or Kerberos proxies load, all on demand. */
const droppedModules = [
  '@devcontainers/cli',
  '@github/copilot-sdk',
  '@microsoft/mxc-sdk',
  '@vscode/copilot-api',
  '@vscode/deviceid',
  '@vscode/sandbox-runtime',
  '@vscode/sqlite3',
  '@vscode/windows-process-tree',
  '@vscode/windows-registry',
  'kerberos',
  'ssh2',
];

/** Built-in extensions that the tests never meet and that cost size or start-up. */
const droppedExtensions = new Set([
  'copilot',
  'debug-auto-launch',
  'emmet',
  'extension-editing',
  'git',
  'git-base',
  'github',
  'merge-conflict',
  'mermaid-markdown-features',
  'microsoft-authentication',
  'ms-vscode.js-debug',
  'ms-vscode.js-debug-companion',
  'ms-vscode.vscode-js-profile-table',
  'node_modules',
  'npm',
  'terminal-suggest',
  'tunnel-forwarding',
  'typescript-language-features',
]);

export interface ServerBuild {
  /** The Node that runs it. */
  node: string;
  /** Its entry, `server-main.js`. */
  main: string;
}

/** Where the server build is kept: `SPARKQ_TEST_CACHE`, else below the user's cache folder. */
export function cacheFolder(): string {
  const base = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  return process.env.SPARKQ_TEST_CACHE || path.join(base, 'sparkq-test');
}

/** Whether the server build runs on this machine at all. */
export function serverBuildSupported(): boolean {
  return process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64');
}

/** The server build, downloaded where it is not there yet. */
export async function provisionServer(): Promise<ServerBuild> {
  if (!serverBuildSupported()) {
    throw new Error(
      `The server build of VS Code is provisioned on Linux only, not on ${process.platform}-${process.arch}.`,
    );
  }
  const cache = cacheFolder();
  const folder = path.join(
    cache,
    `vscode-${codeServerVersion}-node-${nodeVersion}-${process.arch}-${recipe}`,
  );
  const build: ServerBuild = {
    node: path.join(folder, 'node', 'bin', 'node'),
    main: path.join(folder, 'vscode', 'out', 'server-main.js'),
  };
  const whole = () => existsSync(build.node) && existsSync(build.main);
  if (whole()) return build;
  await withMachineLock(`sparkq-test-${createHash('sha256').update(cache).digest('hex')}`, async () => {
    if (whole()) return;
    await fs.mkdir(cache, { recursive: true });
    for (const name of await fs.readdir(cache)) {
      if (name.startsWith('building-')) await fs.rm(path.join(cache, name), { recursive: true, force: true });
    }
    await fs.rm(folder, { recursive: true, force: true });
    const building = await fs.mkdtemp(path.join(cache, 'building-'));
    try {
      await buildServer(building);
      await fs.rename(building, folder);
    } finally {
      await fs.rm(building, { recursive: true, force: true });
    }
  });
  return build;
}

async function buildServer(folder: string): Promise<void> {
  say(`Fetching Node ${nodeVersion} (once, into ${path.dirname(folder)})`);
  // The binary is a plain file of this package: no install script has to run.
  await unpack(folder, `node-linux-${process.arch}@${nodeVersion}`, 'package/bin/node', 'node');
  say(`Fetching VS Code (code-server ${codeServerVersion})`);
  await unpack(folder, `code-server@${codeServerVersion}`, 'package/lib/vscode', 'server');
  const vscode = path.join(folder, 'vscode');
  await fs.rename(path.join(folder, 'server', 'lib', 'vscode'), vscode);
  await fs.rm(path.join(folder, 'server'), { recursive: true });
  await slim(vscode);
  say('Installing its modules');
  await npm(vscode, 'ci', '--legacy-peer-deps', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund');
  for (const [module, source] of Object.entries(standIns)) {
    await fs.writeFile(path.join(vscode, 'node_modules', module, 'index.js'), source);
  }
  const version = await run(path.join(folder, 'node', 'bin', 'node'), [
    path.join(vscode, 'out', 'server-main.js'),
    '--version',
  ]);
  say(`VS Code ${version.split('\n')[0]} is ready`);
}

/** Puts part of a package from the registry into `folder`/`target`, without the leading `package/`. */
async function unpack(folder: string, spec: string, part: string, target: string): Promise<void> {
  const packed: unknown = JSON.parse(await npm(folder, 'pack', '--json', spec));
  const archive = path.join(folder, packedName(packed, spec));
  await fs.mkdir(path.join(folder, target));
  await run('tar', ['-xzf', archive, '-C', path.join(folder, target), '--strip-components=1', part]);
  await fs.rm(archive);
}

/** `npm pack --json` answers a list, or from npm 11 on an object by package name. */
function packedName(answer: unknown, spec: string): string {
  const entries: unknown[] = typeof answer === 'object' && answer !== null ? Object.values(answer) : [];
  const first = entries[0];
  if (
    typeof first === 'object' &&
    first !== null &&
    'filename' in first &&
    typeof first.filename === 'string'
  ) {
    return first.filename;
  }
  throw new Error(`npm pack ${spec} did not name its file`);
}

interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  overrides?: unknown;
}

/** Leaves out what is never loaded here, from the manifest and its lock alike, so that `npm ci` stays exact. */
async function slim(vscode: string): Promise<void> {
  await editJson<Manifest>(path.join(vscode, 'package.json'), (manifest) => {
    dropDependencies(manifest);
    delete manifest.overrides;
  });
  await editJson<{ packages: Record<string, Manifest> }>(path.join(vscode, 'npm-shrinkwrap.json'), (lock) => {
    for (const key of Object.keys(lock.packages)) {
      const dropped = droppedModules.some((name) => `${key}/`.startsWith(`node_modules/${name}/`));
      if (dropped) delete lock.packages[key];
    }
    const top = lock.packages[''];
    if (top) dropDependencies(top);
  });
  // No look-ups in an extension gallery, no search for updates.
  await editJson<Record<string, unknown>>(path.join(vscode, 'product.json'), (product) => {
    delete product.extensionsGallery;
    delete product.updateUrl;
  });
  const extensions = path.join(vscode, 'extensions');
  for (const name of await fs.readdir(extensions)) {
    if (droppedExtensions.has(name)) await fs.rm(path.join(extensions, name), { recursive: true });
  }
}

function dropDependencies(manifest: Manifest): void {
  for (const name of droppedModules) {
    delete manifest.dependencies?.[name];
    delete manifest.optionalDependencies?.[name];
  }
}

async function editJson<T>(file: string, edit: (value: T) => void): Promise<void> {
  const value = JSON.parse(await fs.readFile(file, 'utf8')) as T;
  edit(value);
  await fs.writeFile(file, JSON.stringify(value, null, 2));
}

/** npm as from a fresh shell: what an outer `npm test` puts into the environment would steer the inner one. */
function npm(cwd: string, ...args: string[]): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_(lifecycle|package|command|config_(local_prefix|prefix|omit|include|json))/i.test(name),
    ),
  );
  return run('npm', [...args, '--loglevel=error'], { cwd, env });
}

/**
 * Chromium, installed through apt where it is missing and this is root; `SPARKQ_TEST_CHROMIUM` names another one.
 * Also what the sample workspace's scripts and screenshots need: python3 and one font.
 */
export async function provisionBrowser(): Promise<string> {
  const given = process.env.SPARKQ_TEST_CHROMIUM;
  if (given) return given;
  const find = () => findProgram('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable');
  const missing = () => [
    ...(find() ? [] : ['chromium']),
    ...(findProgram('python3') ? [] : ['python3-minimal']),
    ...(existsSync('/usr/share/fonts/truetype') ? [] : ['fonts-dejavu-core']),
  ];
  if (missing().length > 0) {
    // The host suites get here side by side, and apt waits for dpkg's lock but not for that of its lists.
    await withMachineLock('sparkq-test-apt', async () => {
      const packages = missing();
      if (packages.length > 0) await installSystemPackages(packages);
    });
  }
  const found = find();
  if (!found) throw new Error('Chromium was installed but is not on PATH. Name it in SPARKQ_TEST_CHROMIUM.');
  return found;
}

async function installSystemPackages(packages: readonly string[]): Promise<void> {
  const list = packages.join(' ');
  if (process.getuid?.() !== 0 || !findProgram('apt-get')) {
    throw new Error(
      `The tests in VS Code need ${list}. Install them (on Debian and Ubuntu: sudo apt-get install ${list}), ` +
        'or name a Chromium or Chrome in SPARKQ_TEST_CHROMIUM, and run this again.',
    );
  }
  say(`Installing ${list} through apt`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-q'];
  await run('apt-get', [...wait, 'update'], { env });
  await run('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], { env });
}

function say(sentence: string): void {
  console.error(`[vscode] ${sentence}`);
}
