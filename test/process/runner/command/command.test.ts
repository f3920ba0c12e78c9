import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { ToolConfig } from '../../../../src/core/config';
import type { Task } from '../../../../src/core/model';
import { type Command, commandFor } from '../../../../src/runner/command/command';
import { CouldNotStart } from '../../../../src/runner/command/payload';
import { linkFolder, useFolder } from '../../../support/folders';
import { onPlatform } from '../../../support/windowsFiles';
import { streamFacts, taskRow, toolLike } from '../rows';

describe('the command of a task', () => {
  const folder = useFolder();
  const besides = useFolder('open', 'other');

  beforeEach(() => {
    fs.mkdirSync(path.join(folder(), 'scripts'));
    fs.writeFileSync(path.join(folder(), 'scripts/hello.sh'), 'echo hello\n');
    fs.writeFileSync(path.join(folder(), 'notes.txt'), 'the notes');
  });

  function build(
    payload: unknown,
    tool: Partial<ToolConfig> | null = {},
    more: Partial<Task> = {},
    stream: typeof streamFacts | { id: string; name: string; instructions: string } = streamFacts,
  ): Promise<Command> {
    const folders = {
      workspace: folder(),
      storage: path.join(folder(), 'queue'),
      others: () => [path.join(besides(), 'open'), path.join(besides(), 'gone')],
    };
    return commandFor({
      task: taskRow(payload, more),
      stream,
      tool: tool ? toolLike(tool) : undefined,
      folders,
    });
  }

  async function refusal(...args: Parameters<typeof build>): Promise<string> {
    const error: unknown = await build(...args).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CouldNotStart, String(error));
    return error.message;
  }

  it('is the interpreter, the script and its arguments, unchanged', async () => {
    const payload = { script_path: 'scripts/hello.sh', args: ['a b', '$(x)', 5], env: { LEVEL: 3 } };
    const command = await build(payload);
    assert.equal(path.basename(command.file), 'bash');
    assert.deepEqual(command.args, [path.join(folder(), 'scripts/hello.sh'), 'a b', '$(x)', '5']);
    assert.equal(command.verbatim, false);
    assert.equal(command.cwd, folder());
    assert.deepEqual(JSON.parse(command.stdin), payload);
    assert.equal(command.env.LEVEL, '3');
    assert.equal(command.env.SPARKQ_STREAM, 'build');
    assert.equal(command.env.SPARKQ_WORKSPACE, folder());
  });

  it('is that of an agent, with its prompt as the input, and nothing of an agent that SparkQ runs in', async () => {
    fs.writeFileSync(path.join(folder(), 'opencode'), '#!/bin/sh\n', { mode: 0o755 });
    const tool = {
      ...{ agent: 'opencode' as const, command: [], input: 'prompt-stdin' as const },
      ...{ model: 'a/b', permission: 'allow', agent_args: ['--pure'] },
      env: { PATH: folder(), OPENCODE_AUTO_SHARE: 'true' },
    };
    const { file, args, stdin, env, env_omit } = await build({ prompt: 'Say hi', argv: ['rm'] }, tool);
    assert.equal(file, path.join(folder(), 'opencode'));
    assert.deepEqual(args, ['run', '--format', 'json', '--model', 'a/b', '--pure']);
    assert.equal(stdin, 'Say hi');
    assert.deepEqual([env.OPENCODE_PERMISSION, env.OPENCODE_AUTO_SHARE], ['"allow"', 'true']);
    assert.ok(env_omit.includes('CLAUDECODE'));
    assert.match(
      await refusal({ prompt: 'x' }, { ...tool, agent: 'claude' }),
      /^The command "claude" was not found on the PATH\./,
    );
    assert.equal(await refusal({}, tool), 'The payload has no prompt.');
  });

  it('has arguments, variables and input digit for digit as the payload gives them', async () => {
    const payload =
      '{"script_path": "scripts/hello.sh", "args": [1970670598291982290, 1.10, 1e400, -0, true], "env": {"ID": 2.0}}';
    const command = await build({}, {}, { payload, payload_json: JSON.parse(payload) });
    assert.deepEqual(command.args.slice(1), ['1970670598291982290', '1.10', '1e400', '-0', 'true']);
    assert.equal(command.env.ID, '2.0');
    assert.equal(command.stdin, payload);
    const bad = { payload: '{"env": 5}', payload_json: { env: 5 } };
    assert.match(await refusal({}, {}, bad), /"env" of the payload is not an object/);
  });

  it('reads prompt and context files as UTF-8 or marked UTF-16, and refuses others', async () => {
    const write = (name: string, bytes: Buffer) => fs.writeFileSync(path.join(folder(), name), bytes);
    write('le.md', Buffer.from('\ufeffGrüße', 'utf16le'));
    write('be.md', Buffer.from('\ufeff世界', 'utf16le').swap16());
    write('marked.md', Buffer.from('\ufeffä'));
    write('latin.md', Buffer.from('Grüße', 'latin1'));
    write('plain.md', Buffer.from('Hi', 'utf16le'));
    const tool = { command: ['cat'], input: 'prompt-stdin' } as const;
    const read = await build({ prompt_path: 'le.md', context_files: ['be.md', 'marked.md'] }, tool);
    assert.equal(read.stdin, 'Grüße\n\n--- be.md ---\n世界\n\n--- marked.md ---\nä');
    const why = 'is not UTF-8 text. Save it as UTF-8, or as UTF-16 with a byte order mark.';
    assert.equal(await refusal({ prompt_path: 'latin.md' }, tool), `The prompt file latin.md ${why}`);
    assert.equal(
      await refusal({ prompt: 'x', context_files: ['plain.md'] }, tool),
      `The context file plain.md ${why}`,
    );
  });

  it('is never a program of the workspace that only a relative entry of PATH names', async () => {
    const payload = { script_path: 'scripts/hello.sh', env: { PATH: `.::scripts:${process.env.PATH}` } };
    for (const place of ['bash', 'scripts/bash']) {
      fs.writeFileSync(path.join(folder(), place), '#!/bin/sh\n', { mode: 0o755 });
    }
    const before = process.cwd();
    process.chdir(folder());
    try {
      const { file } = await build(payload);
      assert.ok(path.isAbsolute(file) && !file.startsWith(folder()), file);
    } finally {
      process.chdir(before);
    }
  });

  it('accepts a script in `metadata`', async () => {
    const command = await build({ prompt: '', metadata: { script_path: 'scripts/hello.sh', args: ['x'] } });
    assert.deepEqual(command.args.slice(1), ['x']);
  });

  describe('of a plain command', () => {
    const argv = { command: [], input: 'argv' } as const;
    const line = { command: [], input: 'line' } as const;

    it('is the program and the arguments of the payload, which nothing interprets', async () => {
      const { file, args, stdin } = await build({ argv: ['printf', '%s', '$(x) "y"', 1.5] }, argv);
      assert.deepEqual([path.basename(file), args, stdin], ['printf', ['%s', '$(x) "y"', '1.5'], '']);
      const wrapped = await build({ argv: ['make', '-k'] }, { ...argv, command: ['nice', '-n', '5'] });
      assert.deepEqual([path.basename(wrapped.file), wrapped.args], ['nice', ['-n', '5', 'make', '-k']]);
    });

    it('names a program relative to the working folder', async () => {
      const own = path.join(folder(), 'scripts/own');
      fs.writeFileSync(own, '#!/bin/sh\n', { mode: 0o755 });
      assert.equal((await build({ argv: ['./own'], cwd: 'scripts' }, argv)).file, own);
      assert.match(await refusal({ argv: ['./own'] }, argv), /^The command \.\/own does not exist/);
      assert.match(await refusal({ argv: [] }, argv), /^The payload has no command/);
    });

    it('is a line for the shell that was chosen, else for that of the system or of the tool', async () => {
      const text = 'echo "a b" | tee log\necho $?';
      assert.deepEqual((await build({ line: text }, line)).args, ['-c', text, 'sh']);
      assert.equal((await build({ line: text }, line)).file, '/bin/sh');
      const chosen = await build({ line: text, shell: 'bash' }, line);
      assert.deepEqual([path.basename(chosen.file), chosen.args], ['bash', ['-c', text]]);
      const configured = await build({ line: text }, { ...line, command: ['bash', '-lc'] });
      assert.deepEqual([path.basename(configured.file), configured.args], ['bash', ['-lc', text]]);
      assert.match(
        await refusal({ line: text, shell: 'no-such-shell' }, line),
        /"no-such-shell" was not found/,
      );
      assert.match(await refusal({ line: ' ' }, line), /^The payload has no command line/);
    });

    it('brings its environment with it as a whole', async () => {
      const path = process.env.PATH ?? '';
      assert.deepEqual((await build({ argv: ['make'], env: { PATH: path } }, argv)).env_omit, [
        'VIRTUAL_ENV',
        'CONDA_PREFIX',
      ]);
      assert.deepEqual((await build({ argv: ['make'], env: { A: 'b' } }, argv)).env_omit, []);
    });
  });

  it('runs in the folder of the payload, else of the tool', async () => {
    const script = { script_path: 'scripts/hello.sh' };
    assert.equal((await build({ ...script, cwd: 'scripts' })).cwd, path.join(folder(), 'scripts'));
    assert.equal((await build(script, { cwd: 'scripts' })).cwd, path.join(folder(), 'scripts'));
    assert.match(await refusal({ ...script, cwd: 'gone' }), /^The working folder gone does not exist\.$/);
    assert.match(await refusal({ ...script, cwd: '..' }), /is outside the workspace/);
    assert.match(await refusal({ ...script, cwd: 'notes.txt' }), /is not a folder/);
  });

  it('may come from another folder of the window, and from no other', async function () {
    const open = path.join(besides(), 'open');
    const other = path.join(besides(), 'other');
    for (const at of [open, other]) fs.writeFileSync(path.join(at, 'run.sh'), 'pwd\n');
    const there = { script_path: path.join(open, 'run.sh'), cwd: open };
    const { cwd, args, env } = await build(there);
    assert.deepEqual([cwd, args], [open, [there.script_path]]);
    // Where a script that calls `sparkq` finds its queue.
    assert.equal(env.SPARKQ_WORKSPACE, folder());
    assert.match(
      await refusal({ ...there, cwd: other }),
      /is outside the workspace.*add it to the window of/,
    );
    assert.match(await refusal({ ...there, script_path: path.join(other, 'run.sh') }), /is outside/);
    assert.match(await refusal({ ...there, cwd: path.join(besides(), 'gone') }), /does not exist/);
    linkFolder(this, other, path.join(open, 'link'));
    assert.match(await refusal({ ...there, cwd: path.join(open, 'link') }), /is outside the workspace/);
  });

  it('reports what is wrong with a script', async () => {
    assert.equal(
      await refusal({ script_path: 'scripts/gone.sh' }),
      'The script scripts/gone.sh does not exist.',
    );
    assert.equal(await refusal({ script_path: 'scripts' }), 'The script scripts is not a file.');
    assert.match(
      await refusal({ script_path: '../../etc/passwd' }),
      /^The script .* (does not exist|is outside the workspace)\./,
    );
    assert.match(await refusal({ script_path: '/etc/passwd' }), /is outside the workspace/);
    assert.match(await refusal({}), /names no script/);
  });

  it('runs a script whose name looks like a drive or like a way out', async function () {
    if (process.platform === 'win32') this.skip();
    for (const name of ['a:b.sh', '..c.sh', 'd\\..\\e.sh']) {
      fs.writeFileSync(path.join(folder(), name), 'echo hello\n');
      assert.deepEqual((await build({ script_path: name })).args, [path.join(folder(), name)]);
    }
  });

  it('does not follow a link out of the workspace', async () => {
    fs.symlinkSync('/etc/passwd', path.join(folder(), 'scripts/link.sh'));
    assert.match(await refusal({ script_path: 'scripts/link.sh' }), /is outside the workspace/);
  });

  it('reports what is wrong with a payload', async () => {
    assert.equal(await refusal([1]), 'The payload is not a JSON object.');
    assert.equal(await refusal(null), 'The payload is not a JSON object.');
    assert.match(await refusal({ script_path: 5 }), /"script_path" of the payload is not a string/);
    assert.match(
      await refusal({ script_path: 'scripts/hello.sh', args: 'x' }),
      /"args" of the payload is not a list/,
    );
    assert.match(
      await refusal({ script_path: 'scripts/hello.sh', args: [{}] }),
      /"args" .* other than strings/,
    );
    assert.match(
      await refusal({ script_path: 'scripts/hello.sh', env: [] }),
      /"env" of the payload is not an object/,
    );
    assert.match(await refusal({ script_path: 'scripts/hello.sh\0' }), /zero byte/);
  });

  it('reports a missing interpreter, tool or command', async () => {
    const payload = { script_path: 'scripts/hello.sh' };
    assert.equal(
      await refusal(payload, { command: ['no-such-shell'] }),
      'The command "no-such-shell" was not found on the PATH.',
    );
    assert.equal(
      await refusal(payload, { command: ['make build'] }),
      'The command "make build" was not found on the PATH. To pass arguments, use a list, [make, build], or shell: true.',
    );
    await onPlatform('darwin', async () => {
      const bare = '/usr/bin:/bin:/usr/sbin:/sbin';
      assert.equal(
        await refusal(payload, { command: ['no-such-shell'], env: { PATH: bare } }),
        `The command "no-such-shell" was not found on the PATH. macOS gives no more than ${bare} to what it starts outside of a terminal: add the folder of the command to PATH, in the env of the tool or where SparkQ is started.`,
      );
      assert.doesNotMatch(
        await refusal(payload, { command: ['no-such-shell'], env: { PATH: `/opt/homebrew/bin:${bare}` } }),
        /macOS/,
      );
    });
    assert.equal(await refusal(payload, { command: ['./tool'] }), 'The command ./tool does not exist.');
    assert.equal(
      await refusal(payload, { command: ['./notes.txt'] }),
      'The command ./notes.txt is not executable.',
    );
    assert.match(await refusal(payload, { command: null }), /"run-bash" has no command/);
    assert.match(await refusal(payload, null), /has no tool "run-bash"/);
  });

  it('passes the prompt on stdin or as one argument', async () => {
    const payload = { prompt: 'fix "it"; rm -rf /' };
    const onStdin = await build(payload, { command: ['cat', '-u'], input: 'prompt-stdin' });
    assert.deepEqual([onStdin.args, onStdin.stdin], [['-u'], payload.prompt]);
    const asArgument = await build(payload, { command: ['echo', '-n'], input: 'prompt-argument' });
    assert.deepEqual([asArgument.args, asArgument.stdin], [['-n', payload.prompt], '']);
    assert.equal(
      await refusal({ prompt: ' ' }, { command: ['cat'], input: 'prompt-stdin' }),
      'The payload has no prompt.',
    );
  });

  it('adds instructions, note and context files to the prompt', async () => {
    const command = await build(
      { prompt: 'do it', context_files: ['notes.txt'] },
      { command: ['cat'], input: 'prompt-stdin' },
      { note: 'smaller steps' },
      { ...streamFacts, instructions: 'be brief' },
    );
    assert.equal(
      command.stdin,
      "be brief\n\ndo it\n\nA reviewer's note on the last run: smaller steps\n\n--- notes.txt ---\nthe notes",
    );
  });

  it('reads the prompt from a file of the workspace', async () => {
    const tool = { command: ['cat'], input: 'prompt-stdin' } as const;
    assert.equal((await build({ prompt_path: 'notes.txt', metadata: null }, tool)).stdin, 'the notes');
    assert.match(await refusal({ prompt_path: 'gone.md' }, tool), /The prompt file gone\.md does not exist/);
    assert.match(
      await refusal({ prompt: 'x', context_files: ['gone'] }, tool),
      /The context file gone does not exist/,
    );
  });

  it('passes arguments through a shell unread', async () => {
    const command = await build(
      { args: ['$HOME', "it's"] },
      { command: ['printf "%s\\n"'], shell: true, input: 'payload-stdin' },
    );
    assert.deepEqual(
      [command.file, command.args],
      ['/bin/sh', ['-c', 'printf "%s\\n" "$@"', 'sh', '$HOME', "it's"]],
    );
    assert.equal(command.verbatim, false);
  });

  it('is a line of cmd.exe on Windows, where a batch file or a shell reads it', () =>
    onPlatform('win32', async () => {
      const put = (name: string, text = '') =>
        fs.writeFileSync(path.join(folder(), name), text, { mode: 0o755 });
      for (const name of ['my tool.cmd', 'x.bat', 'cmd.exe', 'shim.cmd', 'cli.js']) put(name);
      const input = 'payload-stdin' as const;
      const args = ['a&b', '100%', 'tail\\'];
      const said = `"a&b" "100%%cd:~,%" tail\\`;
      const flags = ['/d', '/e:on', '/v:off', '/s', '/c'];
      const lines: [ToolConfig['command'], boolean, string][] = [
        [['./my tool.cmd', '-x'], false, `"${folder()}/my tool.cmd" -x ${said}`],
        [['./x.bat'], false, `${folder()}/x.bat ${said}`],
        [['./cmd.exe', '/C'], false, said],
        [['./cmd.exe', '/c', 'echo'], false, `echo ${said}`],
        [['dir &', 'echo'], true, `dir & echo ${said}`],
      ];
      for (const [command, shell, line] of lines) {
        const built = await build({ args }, { command, shell, input });
        assert.deepEqual(built.args, [...flags, `"${line}"`]);
        assert.equal(built.verbatim, true);
        assert.match(built.file, /^[A-Z]:\\.*\\System32\\cmd\.exe$/);
      }
      assert.match(
        await refusal({ args: ['a\nb'] }, { command: ['./x.bat'], input }),
        /no line break.*prompt-stdin/s,
      );
      assert.match(
        await refusal({ args }, { command: ['echo "a'], shell: true, input }),
        /has a quotation without an end/,
      );
      // Of npm: without the batch file, arguments have no limits.
      put('shim.cmd', '@ECHO off\r\n  SET "_prog=node"\r\n"%_prog%"  "%dp0%\\cli.js" %*\r\n');
      const npm = await build({ args: ['a\nb'] }, { command: ['./shim.cmd', '-x'], input });
      assert.equal(path.basename(npm.file), 'node');
      assert.deepEqual([npm.args, npm.verbatim], [[path.join(folder(), 'cli.js'), '-x', 'a\nb'], false]);
    }));

  const throughShell = (line: string, args: string[]) =>
    build({ args }, { command: [line], shell: true, input: 'payload-stdin' });

  it('reads a YAML block as one line', async () => {
    assert.equal((await throughShell('printf "%s"\n', ['touch'])).args[1], 'printf "%s" "$@"');
  });

  it('refuses arguments that a shell line would run, lose or open', async () => {
    const line = { command: ['echo a\necho b'], shell: true, input: 'payload-stdin' } as const;
    assert.equal(
      await refusal({ args: ['touch'] }, line),
      'Arguments cannot be passed to a command line that has more than one line: echo a\necho b',
    );
    assert.equal((await build({}, line)).args[1], 'echo a\necho b');
    assert.match(
      await refusal({ args: ['touch'] }, { ...line, command: ['make', 'all', '# slow'] }),
      /that has a comment: make all # slow$/,
    );
  });

  it('passes on arguments or refuses them, but never runs them, whatever the line', async () => {
    const ran = path.join(folder(), 'ran');
    for (const text of shellLines) {
      const command = await throughShell(text, ['touch', ran]).catch((error: unknown) => {
        assert.ok(error instanceof CouldNotStart, String(error));
        return null;
      });
      if (command) spawnSync(command.file, command.args, { cwd: folder() });
      assert.equal(fs.existsSync(ran), false, text);
    }
  });
});

/** Behind each of these, words are a command of their own, or the name of a file, unless something keeps them from it. */
const shellLines = [
  'echo a\n',
  'echo a\n\n  ',
  'echo a\n\\\n',
  'echo a; \\\n',
  'echo a;',
  'echo a; ',
  'echo a &',
  'true &&',
  'false ||',
  'true |',
  'true; !',
  '!',
  'A=1',
  'A=1 \\\n B="2 3"',
  'A=1 2>&1',
  '> log',
  'echo a; >log 2>&1 A=1',
  'true; A=$(echo b; echo c)',
  'true; A=`echo b`',
  'echo "# a";',
  "echo 'a' ;",
  'echo \\\\;',
  'cat <<EOF\na\nEOF\n',
  'echo >',
];
