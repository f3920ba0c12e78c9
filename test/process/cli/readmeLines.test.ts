import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { Started } from '../../support/commandLine';
import { signalGroup } from '../../support/processGroup';
import { Sandbox } from './sandbox';

/** The lines of the shell blocks in a section of the README, each without its comment. */
function linesOf(section: string): string[][] {
  const text = readFileSync('README.md', 'utf8').split(`## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const blocks = [...text.matchAll(/```sh\n([^`]*)```/g)].map(([, block = '']) => block);
  return blocks.map((block) =>
    block.split('\n').flatMap((line) => {
      const words = line.replace(/\s+# .*$/, '').trim();
      return words === '' ? [] : [words];
    }),
  );
}

describe('The lines of the README for terminals', () => {
  // They are typed into a shell, on a terminal.
  if (process.platform !== 'linux') return;
  const box = new Sandbox();
  const started: Started[] = [];
  after(async () => {
    for (const { child } of started) signalGroup(child, 'SIGKILL');
    await box.remove();
  });

  /** Types a line into a shell in the folder, on a terminal where it is to ask something. */
  function type(line: string, { terminal = false } = {}): Started {
    const [program, args] = terminal ? ['script', ['-qec', line, '/dev/null']] : ['/bin/sh', ['-c', line]];
    const own = { PATH: `${path.join(box.root, 'bin')}:${process.env.PATH}`, SPARKQ_HOME: box.home };
    const child = spawn(program, args, { cwd: box.folder, env: { ...process.env, ...own }, detached: true });
    const shell = new Started(child as ChildProcessWithoutNullStreams);
    started.push(shell);
    return shell;
  }

  async function succeeds(line: string): Promise<string> {
    const { code, stdout, stderr } = await type(line).exited;
    assert.equal(code, 0, `${line}: ${stderr}${stdout}`);
    return stdout;
  }

  before(async () => {
    const command = path.join(box.root, 'bin', 'sparkq');
    await fs.mkdir(path.dirname(command));
    await fs.writeFile(
      command,
      `#!/bin/sh\nexec '${process.execPath}' '${path.resolve('dist/cli.js')}' "$@"\n`,
    );
    await fs.chmod(command, 0o755);
    box.write('Makefile', 'test:\n\t@echo tested\nnightly:\n\t@echo built\n');
  });

  it('work as they are written', async () => {
    const [[first, watch, wait, schedule, ...more] = [], agents = []] = linesOf('Terminals and agents');
    assert.ok(first && watch && wait && schedule);
    assert.deepEqual(more, []);

    const add = type(first, { terminal: true });
    await add.says(/\[y\/N\]|\[Y\/n\]/);
    add.child.stdin.write('y\n');
    assert.equal((await add.exited).code, 0, add.stdout);
    const worker = type(watch);
    await worker.says(/tested/);

    assert.match(await succeeds(wait), /tested/);
    assert.equal(box.read('log'), 'tested\n');
    await succeeds(schedule);
    assert.match(await box.ok('schedule', 'list'), /make nightly/);

    let [task, lease] = ['', ''];
    for (const line of agents) {
      const answer = await succeeds(line.replace('TASK', task).replace('LEASE', lease));
      if (line.includes(' claim ')) ({ id: task, lease } = JSON.parse(answer));
    }
    assert.match(await box.ok('task', task), /12 tests, all pass/);
    signalGroup(worker.child, 'SIGTERM');
    await worker.exited;
  });
});
