import assert from 'node:assert/strict';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { refOf } from '../../../../src/runner/liveness';
import { type RunRecord, runPaths } from '../../../../src/runner/runFiles';
import { supervise as superviseHere } from '../../../../src/runner/supervisor/supervision';
import { machineClock } from '../../../../src/system/machineClock';
import { readFileIfAny } from '../../../../src/system/wholeFiles';
import { useFolder } from '../../../support/folders';
import { withTimeToBegin } from '../../../support/timeToBegin';
import { onPlatform } from '../../../support/windowsFiles';
import {
  bashSpec,
  fileThere,
  isLive,
  outputOf,
  startSupervisor,
  supervise,
  task,
  untilState,
} from '../support';

/** Starts a process that ignores TERM, in a session of its own, and writes its number to `stubborn`. */
const stubborn = `setsid bash -c 'trap "" TERM; echo $$ > stubborn; while :; do sleep 0.2; done'`;

/** Resolves when a draft of a file is made. */
function draftOf(file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = fs.watch(path.dirname(file), (_, name) => {
      if (!name?.startsWith(`${path.basename(file)}.`) || !name.endsWith('.tmp')) return;
      watcher.close();
      resolve();
    });
  });
}

describe('the supervisor of a run', () => {
  const folder = useFolder('runs');

  it('runs a script with its payload and environment, and keeps both outputs', async () => {
    const spec = bashSpec(folder(), 'cat; echo "$SPARKQ_TASK_ID $SPARKQ_ATTEMPT $MINE" >&2', {
      stdin: '{"a": 1}',
      env: { MINE: 'yes' },
    });
    const exit = await supervise(spec).ended;
    assert.equal(exit?.reason, 'exited');
    assert.equal(exit.code, 0);
    assert.equal(outputOf(spec, 'stdout'), '{"a": 1}');
    assert.equal(outputOf(spec, 'stderr'), `${task} 1 yes\n`);
    assert.deepEqual([exit.stdout_size, exit.stderr_size], [8, 23]);
    assert.ok(exit.ended_at >= exit.started_at);
  });

  it('reports the exit code, or the signal that ended the script', async () => {
    assert.equal((await supervise(bashSpec(folder(), 'exit 7')).ended)?.code, 7);
    const killed = await supervise(bashSpec(folder(), 'kill -SEGV $$', { attempt: 2 })).ended;
    assert.deepEqual([killed?.code, killed?.signal], [null, 'SIGSEGV']);
  });

  it('ends a script although no tool of the system works, and says what may live on', () =>
    onPlatform('win32', async () => {
      const spec = bashSpec(folder(), 'echo up > up; exec sleep 60', { file: '/bin/bash' });
      const paths = runPaths(folder(), task, 1);
      const run = superviseHere(spec, paths, { supervisor: null, script: null, boot_id: null });
      await fileThere(path.join(folder(), 'up'));
      fs.writeFileSync(paths.cancel, '');
      const exit = await run;
      assert.equal(exit.reason, 'cancelled');
      assert.match(
        exit.message ?? '',
        /^Processes that the script started may live on \(.*listed: .*; taskkill: /,
      );
    }));

  it('ends with a script that cannot be ended, and names it', () =>
    onPlatform('win32', async () => {
      const spec = bashSpec(folder(), 'echo $$ > up; exec sleep 60', { file: '/bin/bash' });
      const paths = runPaths(folder(), task, 1);
      const { kill } = process;
      process.kill = (pid, signal) => {
        if (signal === 'SIGKILL') throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
        return kill.call(process, pid, signal);
      };
      try {
        const run = superviseHere(spec, paths, { supervisor: null, script: null, boot_id: null });
        const pid = Number(await fileThere(path.join(folder(), 'up')));
        fs.writeFileSync(paths.cancel, '');
        const exit = await run;
        assert.deepEqual([exit.reason, exit.code, exit.signal], ['cancelled', null, null]);
        assert.match(exit.message ?? '', new RegExp(`^Process ${pid} could not be ended \\(.*kill EPERM`));
        kill.call(process, pid, 'SIGKILL');
      } finally {
        process.kill = kill;
      }
    }));

  it('gives bash its input without having it read ~/.bashrc', async () => {
    fs.writeFileSync(path.join(folder(), '.bashrc'), 'echo read > read');
    const spec = bashSpec(folder(), 'cat > input', { env: { HOME: folder() }, env_omit: ['SHLVL'] });
    const none = { supervisor: null, script: null, boot_id: null };
    await superviseHere(spec, runPaths(folder(), task, 1), none);
    assert.equal(fs.readFileSync(path.join(folder(), 'input'), 'utf8'), '{}');
    assert.ok(!fs.existsSync(path.join(folder(), 'read')));
  });

  it('stops the whole tree while it is suspended, and ends it all the same when it is cancelled', async () => {
    const spec = bashSpec(folder(), `setsid bash -c 'echo $$ > child; sleep 60' & echo $$ > up; wait`);
    const paths = runPaths(folder(), task, 1);
    const run = superviseHere(spec, paths, { supervisor: null, script: null, boot_id: null });
    const pids = await Promise.all(
      ['up', 'child'].map(async (name) => Number(await fileThere(path.join(folder(), name)))),
    );
    fs.writeFileSync(paths.suspend, '');
    await untilState(pids, 'T');
    fs.rmSync(paths.suspend);
    await untilState(pids, 'S');
    fs.writeFileSync(paths.suspend, '');
    await untilState(pids, 'T');
    fs.writeFileSync(paths.cancel, '');
    assert.equal((await run).reason, 'cancelled');
    assert.deepEqual(pids.filter(isLive), []);
  });

  it('retries writing the exit record while the disk refuses it', async () => {
    const { folder: runs, exit } = runPaths(folder(), task, 1);
    fs.mkdirSync(exit);
    const drafts = new Set<string>();
    const watcher = fs.watch(runs);
    const triedAgain = new Promise<string>((resolve) => {
      watcher.on('change', (_, name) => {
        if (/\.exit\.json\..*\.tmp$/.test(String(name))) drafts.add(String(name));
        if (drafts.size > 1) resolve('tried again');
      });
    });
    const { process, ended } = supervise(bashSpec(folder(), 'exit 7'));
    const gone = once(process, 'exit').then(() => 'gone');
    assert.equal(await Promise.race([triedAgain, gone]).finally(() => watcher.close()), 'tried again');
    fs.rmdirSync(exit);
    assert.equal((await ended)?.code, 7);
  });

  it('waits for room for its record on a full disk before it starts the script', async () => {
    const full = path.join(folder(), 'full.cjs');
    fs.writeFileSync(
      full,
      `const fs = require('node:fs');
       const write = fs.writeFileSync;
       let left = 1;
       fs.writeFileSync = (file, ...rest) => {
         if (String(file).includes('${task}-1.json.') && left-- > 0)
           throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
         return write(file, ...rest);
       };`,
    );
    const env = { ...process.env, NODE_OPTIONS: `--require "${full}"` };
    const exit = await supervise(bashSpec(folder(), 'exit 7'), env).ended;
    assert.equal(exit?.code, 7);
  });

  it('supervises a script that it could not add to its record, and adds it later', async () => {
    const spec = bashSpec(folder(), 'for i in {1..400}; do [ -e go ] && exit 7; sleep 0.05; done');
    const paths = runPaths(folder(), task, 1);
    // No file can be put in the place of a folder.
    fs.mkdirSync(paths.record);
    const record: RunRecord = { supervisor: refOf(process.pid), script: null, boot_id: null };
    const ended = superviseHere(spec, paths, record);
    let over = false;
    void ended.finally(() => {
      over = true;
    });
    await draftOf(paths.record);
    fs.rmdirSync(paths.record);
    fs.writeFileSync(paths.record, JSON.stringify(record));
    const entered = JSON.parse(
      await fileThere(paths.record, (text) => /"script":\{/.test(text)),
    ) as RunRecord;
    assert.ok(isLive(entered.script?.pid ?? 0));
    assert.equal(over, false);
    fs.writeFileSync(path.join(folder(), 'go'), '');
    assert.equal((await ended).code, 7);
  });

  it('does not recreate the record of a run that is over in the queue', async () => {
    const spec = bashSpec(folder(), 'for i in {1..400}; do [ -e go ] && exit; sleep 0.05; done');
    const paths = runPaths(folder(), task, 1);
    const ended = superviseHere(spec, paths, { supervisor: refOf(process.pid), script: null, boot_id: null });
    fs.writeFileSync(path.join(folder(), 'go'), '');
    assert.equal((await ended).code, 0);
    assert.equal(fs.existsSync(paths.record), false);
  });

  it("withholds the editor's variables from the script", async () => {
    const spec = bashSpec(folder(), 'env');
    await supervise(spec, { ...process.env, ELECTRON_RUN_AS_NODE: '1', VSCODE_PID: '1', OTHER: 'x' }).ended;
    const env = outputOf(spec, 'stdout');
    assert.doesNotMatch(env, /^(ELECTRON_|VSCODE_|NODE_OPTIONS)/m);
    assert.match(env, /^OTHER=x$/m);
    assert.match(env, /^PYTHONUNBUFFERED=1$/m);
  });

  it('passes on only the allowed variables if there is a list', async () => {
    const spec = bashSpec(folder(), 'env', { env_allow: ['ONE', 'AWS_*'] });
    await supervise(spec, { ...process.env, ONE: '1', AWS_KEY: 'k', OTHER: 'x' }).ended;
    const env = outputOf(spec, 'stdout');
    assert.match(env, /^ONE=1$/m);
    assert.match(env, /^AWS_KEY=k$/m);
    assert.match(env, /^PATH=/m);
    assert.doesNotMatch(env, /^OTHER=/m);
  });

  it('ends the whole tree on cancel, even a grandchild that ignores SIGTERM and left the group', async () => {
    const spec = bashSpec(folder(), `${stubborn} & wait`);
    const run = supervise(spec);
    const grandchild = Number(await fileThere(path.join(folder(), 'stubborn')));
    assert.ok(isLive(grandchild));
    fs.writeFileSync(run.paths.cancel, '');
    const exit = await run.ended;
    assert.equal(exit?.reason, 'cancelled');
    assert.ok(!isLive(grandchild));
  });

  it('does not start a script that was already cancelled', async () => {
    const spec = bashSpec(folder(), 'touch started');
    fs.writeFileSync(runPaths(folder(), task, 1).cancel, '');
    assert.equal((await supervise(spec).ended)?.reason, 'cancelled');
    assert.ok(!fs.existsSync(path.join(folder(), 'started')));
  });

  it('lets a script clean up after SIGTERM', async () => {
    const run = supervise(
      bashSpec(
        folder(),
        'trap "echo bye > cleaned; exit 3" TERM; echo up > up; while :; do sleep 0.05; done',
        {
          kill_grace_ms: 10_000,
        },
      ),
    );
    await fileThere(path.join(folder(), 'up'));
    fs.writeFileSync(run.paths.cancel, '');
    const exit = await run.ended;
    assert.deepEqual([exit?.reason, exit?.code], ['cancelled', 3]);
    assert.ok(fs.existsSync(path.join(folder(), 'cleaned')));
  });

  it('enforces the deadline when no other process is alive', async () => {
    let attempt = 0;
    const script = await withTimeToBegin(500, async (time) => {
      attempt += 1;
      const deadline = machineClock.monotonic() + time;
      const exit = await supervise(bashSpec(folder(), `${stubborn} & wait`, { attempt, deadline })).ended;
      assert.equal(exit?.reason, 'timeout');
      return readFileIfAny(path.join(folder(), 'stubborn'));
    });
    assert.ok(!isLive(script));
  });

  it('ends background processes, and says so', async () => {
    const spec = bashSpec(folder(), 'sleep 300 & echo $! > left; echo done');
    const exit = await supervise(spec).ended;
    assert.deepEqual([exit?.reason, exit?.code], ['exited', 0]);
    assert.match(exit?.message ?? '', /Ended 1 process that the script left running/);
    assert.ok(!isLive(Number(fs.readFileSync(path.join(folder(), 'left'), 'utf8'))));
  });

  it('finds background processes without pipes, group or parent', async () => {
    const spec = bashSpec(
      folder(),
      `(${stubborn} > /dev/null 2>&1 < /dev/null &) ; until [ -s stubborn ]; do sleep 0.02; done`,
    );
    const exit = await supervise(spec).ended;
    assert.match(exit?.message ?? '', /left running/);
    assert.ok(!isLive(Number(fs.readFileSync(path.join(folder(), 'stubborn'), 'utf8'))));
  });

  it('leaves background processes alone if the tool says so', async () => {
    const exit = await supervise(
      bashSpec(folder(), 'sleep 300 > /dev/null 2>&1 & echo $! > left', { leave_background: true }),
    ).ended;
    const left = Number(fs.readFileSync(path.join(folder(), 'left'), 'utf8'));
    assert.equal(exit?.message, null);
    assert.ok(isLive(left));
    process.kill(left, 'SIGKILL');
  });

  it('lets other programs go first if the tool says so', async () => {
    const spec = bashSpec(folder(), 'nice', { nice: 19 });
    const exit = await supervise(spec).ended;
    assert.equal(exit?.message, null);
    assert.equal(outputOf(spec, 'stdout'), '19\n');
  });

  describe('with a limit on its memory', () => {
    /** A stand-in for that of the system, which starts the program in its own place. */
    function systemdRun(trial: string): NodeJS.ProcessEnv {
      const file = path.join(folder(), 'bin', 'systemd-run');
      const lines = ['#!/bin/sh', `case "$*" in *-trial*) ${trial};; esac`, 'echo "$@" > asked'];
      const start = ['while [ "$1" != -- ]; do shift; done; shift; exec "$@"', ''];
      fs.mkdirSync(path.dirname(file));
      fs.writeFileSync(file, [...lines, ...start].join('\n'), { mode: 0o755 });
      return { ...process.env, PATH: `${path.dirname(file)}:${process.env.PATH}` };
    }
    const limited = (line: string) => bashSpec(folder(), line, { memory_max: '1G' });

    it("runs in a control group of the user's systemd", async () => {
      const spec = limited('echo out; exit 3');
      const exit = await supervise(spec, systemdRun('printf "/a/x.scope\\n1073741824\\n"; exit 0')).ended;
      assert.deepEqual([exit?.reason, exit?.code, exit?.message], ['exited', 3, null]);
      assert.equal(outputOf(spec, 'stdout'), 'out\n');
      const asked = fs.readFileSync(path.join(folder(), 'asked'), 'utf8');
      assert.match(asked, /^--user --scope .*-p MemoryMax=1G .*-- bash -c /);
    });

    for (const [what, trial, why] of [
      ['cannot be asked', 'exit 1', "the user's systemd does not answer"],
      ['may set none', 'printf "/a/x.scope\\nmax\\n"; exit 0', "the user's systemd set no limit"],
    ] as const)
      it(`runs without it, and says so, where systemd ${what}`, async () => {
        const spec = limited('echo out');
        const exit = await supervise(spec, systemdRun(trial)).ended;
        assert.deepEqual([exit?.code, exit?.message], [0, `memory_max did not hold: ${why}.`]);
        assert.equal(outputOf(spec, 'stdout'), 'out\n');
      });
  });

  it('reports what could not be started', async () => {
    const missing = await supervise(bashSpec(folder(), '', { file: 'no-such-program' })).ended;
    assert.deepEqual(
      [missing?.reason, missing?.message],
      ['could_not_start', 'The command "no-such-program" was not found.'],
    );
    const lost = await supervise(bashSpec(folder(), '', { attempt: 2, cwd: path.join(folder(), 'gone') }))
      .ended;
    assert.match(lost?.message ?? '', /^The working folder .*gone does not exist\.$/);
    fs.writeFileSync(path.join(folder(), 'plain'), 'text');
    const plain = await supervise(bashSpec(folder(), '', { attempt: 3, file: path.join(folder(), 'plain') }))
      .ended;
    assert.match(plain?.message ?? '', /cannot be executed: permission denied/);
  });

  it('removes directives from the output and passes them on', async () => {
    const spec = bashSpec(
      folder(),
      [
        'echo before; echo "::sparkq progress 40 linking::"',
        'until [ -e seen ]; do sleep 0.02; done',
        `echo '::sparkq result {"summary": "all good"}::'; echo after`,
      ].join('\n'),
    );
    const run = supervise(spec);
    const progress = JSON.parse(await fileThere(run.paths.progress)) as unknown;
    assert.deepEqual(progress, { percent: 40, message: 'linking' });
    fs.writeFileSync(path.join(folder(), 'seen'), '');
    const exit = await run.ended;
    assert.equal(exit?.result, '{"summary": "all good"}');
    assert.deepEqual(exit.progress, progress);
    assert.equal(outputOf(spec, 'stdout'), 'before\nafter\n');
  });

  it('keeps 1 MB of 100 MB of output without using more memory', async () => {
    const line =
      'grep VmHWM /proc/$PPID/status > before; head -c 100000000 /dev/zero; grep VmHWM /proc/$PPID/status > after';
    const spec = bashSpec(folder(), line);
    const exit = await supervise(spec).ended;
    assert.equal(exit?.stdout_size, 100_000_000);
    assert.ok(fs.statSync(path.join(folder(), 'output', `${task}-1.stdout`)).size <= 1024 * 1024 + 4096);
    const kilobytes = (name: string) =>
      Number(/\d+/.exec(fs.readFileSync(path.join(folder(), name), 'utf8'))?.[0]);
    assert.ok(
      kilobytes('after') - kilobytes('before') < 40_000,
      `${kilobytes('before')} to ${kilobytes('after')} KB`,
    );
  });

  it('does nothing if the run has a record: of another supervisor, or given up', async () => {
    const spec = bashSpec(folder(), 'touch started');
    const paths = runPaths(folder(), task, 1);
    fs.writeFileSync(paths.record, '{"given_up": true}');
    assert.equal(await supervise(spec).ended, null);
    assert.equal(fs.readFileSync(paths.record, 'utf8'), '{"given_up": true}');
    assert.ok(!fs.existsSync(path.join(folder(), 'started')));
  });

  it('does nothing if the specification is gone', async () => {
    const paths = runPaths(folder(), task, 1);
    assert.equal(await startSupervisor(paths).ended, null);
    assert.deepEqual(fs.readdirSync(paths.folder), []);
  });

  it('starts a script once if there are many supervisors', async () => {
    const spec = bashSpec(folder(), 'echo once >> count');
    const first = supervise(spec);
    const others = Array.from({ length: 4 }, () => startSupervisor(first.paths));
    await Promise.all([first, ...others].map((run) => run.ended));
    assert.equal(fs.readFileSync(path.join(folder(), 'count'), 'utf8'), 'once\n');
  });

  it('ends the tree on SIGTERM, and says so', async () => {
    const spec = bashSpec(folder(), 'echo $$ > script; sleep 300');
    const run = supervise(spec);
    const script = Number(await fileThere(path.join(folder(), 'script')));
    run.process.kill('SIGTERM');
    assert.equal((await run.ended)?.reason, 'interrupted');
    assert.ok(!isLive(script));
  });

  it('adds the script to the record, so that its group can be ended without the supervisor', async () => {
    const run = supervise(bashSpec(folder(), 'echo $$ > script; sleep 300'));
    const script = Number(await fileThere(path.join(folder(), 'script')));
    const record = JSON.parse(await fileThere(run.paths.record, (text) => text.includes('"script":{'))) as {
      supervisor: { pid: number };
      script: { pid: number };
    };
    assert.equal(record.script.pid, script);
    assert.equal(record.supervisor.pid, run.process.pid);
    fs.writeFileSync(run.paths.cancel, '');
    await run.ended;
  });
});
