import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Sandbox } from '../process/cli/sandbox';
import { makePlace } from '../support/commandLine';
import { makeFolder } from '../support/folders';
import { underWine } from '../support/windowsFiles';

/** Names of programs that SparkQ starts, for itself or for a script. */
const programs = ['powershell', 'taskkill', 'cmd', 'rundll32', 'git', 'bash', 'python', 'py', 'node', 'npm'];

/** A folder with a program of each of these names. Each is Node, and so tells the folder's log that it runs. */
class Trap {
  private readonly log: string;
  readonly env: Readonly<Record<string, string>>;

  constructor(
    private readonly folder: string,
    outside: string,
  ) {
    this.log = path.join(outside, 'started.txt');
    const tell = path.join(outside, 'tell.js');
    fs.writeFileSync(this.log, '');
    fs.writeFileSync(
      tell,
      `require('fs').appendFileSync(${JSON.stringify(this.log)}, process.execPath + '\\n')`,
    );
    this.env = { NODE_OPTIONS: `--require ${JSON.stringify(tell)}` };
    const [first = '', ...others] = programs.map((name) => path.join(folder, `${name}.exe`));
    fs.copyFileSync(process.execPath, first);
    for (const other of others) fs.linkSync(first, other);
  }

  /** Which of its programs have been started, and how often any has that was told of the log. */
  sprung(): { mine: string[]; all: number } {
    const all = fs.readFileSync(this.log, 'utf8').trim().split('\n');
    return { mine: all.filter((file) => path.dirname(file) === this.folder), all: all.length };
  }
}

describe('the first minutes on Windows', () => {
  let box: Sandbox;
  beforeEach(() => {
    box = new Sandbox(makePlace('Büro & Söhne'));
  });
  afterEach(() => box.remove());

  it('take prompts and scripts from setup to their result', async () => {
    const trap = new Trap(box.folder, box.root);
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await box.run(args, { env: trap.env });
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const enqueue = async (...args: string[]) =>
      (JSON.parse(await run('enqueue', '--json', '-s', 'con', ...args)) as { id: string }).id;

    await run('setup', '--yes');
    await run('session', 'create', 'work');
    // A name that Windows has a device for.
    await run('stream', 'create', 'con', '--session', 'work');
    box.write('scripts/args.js', 'console.log(JSON.stringify(process.argv.slice(2)));\r\n');
    box.write('scripts/args.cmd', `@"${process.execPath}" "%~dp0args.js" %*\r\n`);
    box.write('scripts/where.js', '// name: Where\r\n// timeout: 77\r\nconsole.log(process.execPath);\r\n');
    box.write('scripts/endless.js', "console.log('begun');\r\nsetInterval(() => {}, 1000);\r\n");
    const texts = ['a&b', 'tail\\', 'e(f)', 'say "it"', '!x!', '^', 'größer'];
    // wine's cmd.exe loses it.
    if (!underWine) texts.push('100%', '%PATH%');
    const batch = await enqueue('--script', 'scripts\\args.cmd', '--', ...texts);
    const script = await enqueue('--script', 'SCRIPTS\\where.js');
    assert.match(await run('--workspace', box.folder.toUpperCase(), 'tasks'), /^\nFound 2 task\(s\):/);

    const watcher = box.start(['watch', 'con'], { env: trap.env });
    await watcher.says(new RegExp(`Task ${script} succeeded`));
    assert.deepEqual(JSON.parse(await run('output', batch)), texts);
    const [node = ''] = (await run('output', script)).split('\n');
    assert.equal(path.basename(node).toLowerCase(), 'node.exe');
    assert.notEqual(path.dirname(node), box.folder);
    const { timeout } = JSON.parse(await run('task', script, '--json')) as { timeout: number };
    assert.equal(timeout, 77);

    const endless = await enqueue('--script', 'scripts\\endless.js');
    await watcher.says(new RegExp(`Task ${endless} started`));
    await box.start(['output', '--follow', endless], { env: trap.env }).says(/begun/);
    await run('cancel', endless);
    const [, ended = ''] = await watcher.says(new RegExp(`Task ${endless} failed: (.*)\n`));
    // wine lists no processes, and its taskkill ends no tree: the script is ended all the same, and the task says more.
    if (underWine) assert.match(ended, /^CANCELLED: .* may live on \(.* could not be listed: .*; taskkill: /);
    else assert.match(ended, /^CANCELLED$/);

    // As a console that is closed does: nothing is tidied up.
    await watcher.stop('SIGKILL');
    const prompt = await enqueue('-t', 'llm-haiku', '--prompt', 'größer "als" das');
    assert.match(await run('claim', '-s', 'con'), /größer "als" das/);
    assert.equal(await run('complete', prompt, '-r', 'ok'), `Task ${prompt} marked as succeeded\n`);

    assert.deepEqual(trap.sprung().mine, []);
    // The trap works: who starts a program by its name alone gets one of its own.
    const before = trap.sprung().all;
    spawnSync('git', ['--eval', '0'], { cwd: box.folder, env: { ...process.env, ...trap.env } });
    assert.equal(trap.sprung().mine.length, 1);
    assert.ok(before > 10, `only ${before} commands have told of their start`);
  });

  it('have an agent start what is written for it, and no program of the folder', async () => {
    const bin = makeFolder(box.root, 'bin');
    // As npm and the editor install it: a batch file, which no agent can start by itself.
    const shim = `@"${process.execPath}" "${path.resolve('dist/cli.js')}" %*\r\n`;
    fs.writeFileSync(path.join(bin, 'sparkq.cmd'), shim);
    // wine's cmd.exe starts it all the same.
    if (!underWine) box.write('sparkq.cmd', '@exit 7\r\n');
    const env = { PATH: `${bin};${process.env.PATH}` };
    const setUp = async (...args: string[]) => {
      const { code, stdout, stderr } = await box.run(['agents', 'setup', 'claude', ...args], { env });
      assert.deepEqual([code, stderr], [0, ''], stdout);
      return stdout;
    };
    await setUp();
    assert.equal(JSON.parse(box.read('.mcp.json')).mcpServers.sparkq.command, 'cmd');
    assert.match(await setUp('--check'), /^Claude Code: 8 tools \(/);
  });
});
