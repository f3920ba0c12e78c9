/**
 * Makes a real VS Code available on a machine that has only Node, npm and (as root, on Debian and its kin) apt: the
 * server build that the npm package code-server carries, the newer Node it needs, and Chromium to show it.
 */

import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { cached } from '../provision/cache';
import { findProgram, run } from '../provision/commands';
import { npm, unpack } from '../provision/npmPackages';
import { provideSystemPackages } from '../provision/systemPackages';
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
  const folder = await cached(
    `vscode-${codeServerVersion}-node-${nodeVersion}-${process.arch}-${recipe}`,
    buildServer,
  );
  return {
    node: path.join(folder, 'node', 'bin', 'node'),
    main: path.join(folder, 'vscode', 'out', 'server-main.js'),
  };
}

async function buildServer(folder: string): Promise<void> {
  // The binary is a plain file of this package: no install script has to run.
  await unpack(folder, `node-linux-${process.arch}@${nodeVersion}`, 'package/bin/node', 'node');
  await unpack(folder, `code-server@${codeServerVersion}`, 'package/lib/vscode', 'server');
  const vscode = path.join(folder, 'vscode');
  await fs.rename(path.join(folder, 'server', 'lib', 'vscode'), vscode);
  await fs.rm(path.join(folder, 'server'), { recursive: true });
  await slim(vscode);
  await npm(vscode, 'ci', '--legacy-peer-deps', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund');
  for (const [module, source] of Object.entries(standIns)) {
    await fs.writeFile(path.join(vscode, 'node_modules', module, 'index.js'), source);
  }
  await run(path.join(folder, 'node', 'bin', 'node'), [
    path.join(vscode, 'out', 'server-main.js'),
    '--version',
  ]);
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

/**
 * Chromium, installed through apt where it is missing and this is root; `SPARKQ_TEST_CHROMIUM` names another one.
 * Without windows of its own, as its headless shell is, it takes a fifth less time for the same tests. Also what the
 * sample workspace's scripts and screenshots need: python3 and one font.
 */
export async function provisionBrowser(): Promise<string> {
  const given = process.env.SPARKQ_TEST_CHROMIUM;
  if (given) return given;
  const find = () =>
    findProgram(
      'chromium-headless-shell',
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
    );
  const missing = () => [
    ...(find() ? [] : ['chromium-headless-shell']),
    ...(findProgram('python3') ? [] : ['python3-minimal']),
    ...(existsSync('/usr/share/fonts/truetype') ? [] : ['fonts-dejavu-core']),
  ];
  await provideSystemPackages(missing, 'name a Chromium or Chrome in SPARKQ_TEST_CHROMIUM');
  const found = find();
  if (!found) throw new Error('Chromium was installed but is not on PATH. Name it in SPARKQ_TEST_CHROMIUM.');
  return found;
}
