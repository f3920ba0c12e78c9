/**
 * `npm start`: opens a VS Code with the extension on a copy of the sample workspace, with a session that has work in
 * it. Your own VS Code, its settings and your queues are left alone.
 *
 *   npm start                 a desktop VS Code; where none can be had, the server build
 *   npm start -- --server     the server build outright: open the printed address in a browser
 *   npm start -- --fresh      begins with a new copy; else the one of last time is used again
 */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run, runHere } from '../provision/commands';
import { findDesktop } from './desktop';
import { installExtension } from './installed';
import { inRepository } from './root';
import { copySampleWorkspace } from './sampleWorkspace';
import { VsCodeServer } from './server';
import { quietSettings } from './settings';

const place = inRepository('.sparkq-test');
const workspace = path.join(place, 'workspace');
const data = path.join(place, 'vscode');
const env = { SPARKQ_HOME: path.join(place, 'home') };

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { server: { type: 'boolean' }, fresh: { type: 'boolean' } } });
  if (values.fresh) await fs.rm(place, { recursive: true, force: true });
  if (!existsSync(workspace)) await makeWorkspace();
  const desktop = values.server ? undefined : await findDesktop();
  if (desktop) await openDesktop(desktop);
  else await serve();
}

async function makeWorkspace(): Promise<void> {
  try {
    await copySampleWorkspace(workspace);
    await seed();
  } catch (error) {
    await fs.rm(place, { recursive: true, force: true });
    throw error;
  }
}

/** A session with two streams and a few tasks, made with the command line as anybody would. */
async function seed(): Promise<void> {
  const sparkq = (...args: string[]) =>
    run(process.execPath, [inRepository('dist', 'cli.js'), ...args], {
      cwd: workspace,
      env: { ...process.env, ...env },
    });
  const script = (stream: string, file: string, ...args: string[]) =>
    sparkq('enqueue', '--stream', stream, '--script', file, ...args);
  await sparkq('setup', '--yes');
  await sparkq('session', 'create', 'first look', '--description', 'Scripts of the sample workspace');
  await sparkq('stream', 'create', 'checks', '--session', 'first look');
  await sparkq('stream', 'create', 'builds', '--session', 'first look', '--instructions', 'One at a time.');
  await script('checks', 'scripts/hello.sh', 'SparkQ');
  await script('checks', 'scripts/count_lines.py');
  await script('checks', 'scripts/failing.sh');
  await script('builds', 'scripts/slow-build.sh', '30');
  await script('builds', 'scripts/reports/disk-usage.sh');
}

async function openDesktop(executable: string): Promise<void> {
  const settings = path.join(data, 'User', 'settings.json');
  if (!existsSync(settings)) {
    await fs.mkdir(path.dirname(settings), { recursive: true });
    await fs.writeFile(settings, JSON.stringify(quietSettings, null, 2));
  }
  console.log(`Opening VS Code on ${workspace}`);
  process.exitCode = await runHere(
    executable,
    [
      `--extensionDevelopmentPath=${inRepository()}`,
      `--user-data-dir=${data}`,
      `--extensions-dir=${path.join(data, 'extensions')}`,
      '--disable-workspace-trust',
      '--skip-release-notes',
      workspace,
    ],
    { env: { ...process.env, ...env } },
  );
}

async function serve(): Promise<void> {
  await installExtension(data);
  const server = await VsCodeServer.start({ data, env, connectionToken: randomBytes(16).toString('hex') });
  console.log(
    `\nSparkQ in VS Code, on a copy of the sample workspace:\n\n  ${server.address({ folder: workspace })}\n`,
  );
  console.log('Open it in a browser on this machine. Ctrl+C ends it.');
  console.log(
    `From another machine, forward the port first: ssh -L ${server.port}:${server.authority} THIS-MACHINE`,
  );
  await new Promise<void>((resolve) => {
    // Listened to until the end: a second one must not cut off the stopping.
    process.on('SIGINT', resolve);
    process.on('SIGTERM', resolve);
  });
  await server.stop();
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
