import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { outsideTool, type ToolConfig } from '../../../../src/core/config';
import type { PlannedRun } from '../../../../src/core/model';
import { type CommandRequest, commandFor } from '../../../../src/runner/command/command';
import { PayloadFiles } from '../../../../src/runner/command/payloadFiles';
import { changedParts, pinsOfRun, plannedRun } from '../../../../src/runner/command/plannedRun';
import { useFolder } from '../../../support/folders';
import { aTask } from '../../../support/sampleRows';

describe('the planned run of a task', () => {
  const folder = useFolder('workspace', 'outside');
  const inWorkspace = (name: string) => path.join(folder(), 'workspace', name);

  function write(name: string, text: string | Buffer): void {
    fs.mkdirSync(path.dirname(inWorkspace(name)), { recursive: true });
    fs.writeFileSync(inWorkspace(name), text, { mode: 0o700 });
  }

  beforeEach(() => {
    write('a.sh', 'echo a\n');
    write('prompt.md', 'Say hello.');
    fs.writeFileSync(path.join(folder(), 'outside/secret.txt'), 'secret');
  });

  const tool = (more: Partial<ToolConfig>): ToolConfig => ({ ...outsideTool, ...more });
  const script = tool({ command: [process.execPath], input: 'script' });
  const prompt = tool({ command: [process.execPath], input: 'prompt-stdin' });
  const command = tool({ command: [], input: 'argv' });
  const line = tool({ command: [], input: 'line' });

  function requestOf(payload: object, asked: ToolConfig, more: Partial<CommandRequest> = {}): CommandRequest {
    return {
      task: aTask({ payload: JSON.stringify(payload), payload_json: payload }),
      stream: { id: 'str_0123456789ab', name: 'build', instructions: null },
      tool: asked,
      folders: { workspace: inWorkspace(''), storage: path.join(folder(), 'queue'), others: () => [] },
      ...more,
    };
  }

  const planned = (...args: Parameters<typeof requestOf>): Promise<PlannedRun> =>
    plannedRun(requestOf(...args));

  async function changed(before: CommandRequest, after: CommandRequest): Promise<string[]> {
    const [one, other] = [await plannedRun(before), await plannedRun(after)];
    const changes = changedParts(one.parts, other.parts);
    assert.equal(one.digest === other.digest, changes.length === 0);
    return changes;
  }

  it('is another one where anything differs on which it depends', async () => {
    const payload = { script_path: 'a.sh' };
    const base = requestOf(payload, script);
    const elsewhere = { ...base.folders, workspace: path.join(folder(), 'outside') };
    const cases: readonly [other: CommandRequest, parts: string[]][] = [
      [requestOf({ ...payload, args: ['-x'] }, script), ['payload']],
      [requestOf({ ...payload, env: { A: '1' } }, script), ['payload']],
      [requestOf(payload, { ...script, env: { A: '1' } }), ['tool']],
      [requestOf(payload, { ...script, env_allow: ['A'] }), ['tool']],
      [{ ...base, tool: undefined }, ['tool']],
      [{ ...base, stream: { ...base.stream, instructions: 'Be brief.' } }, ['instructions']],
      [{ ...base, folders: elsewhere }, ['file a.sh', 'folder']],
    ];
    for (const [other, parts] of cases) assert.deepEqual(await changed(base, other), parts);
  });

  it('is the same one whatever is said of times, by a reviewer, or with keys that only other versions have', async () => {
    const base = requestOf({ prompt: 'Hello', context_files: ['prompt.md'] }, prompt);
    const noted = { ...base, task: { ...base.task, note: 'Try harder' } };
    assert.deepEqual(await changed(base, noted), []);
    assert.equal((await plannedRun(noted)).input, 'Hello\n\n--- prompt.md ---\nSay hello.');
    const timed = { ...prompt, description: 'Talks', timeout: 5, kill_after: 9, problem_matcher: ['$tsc'] };
    assert.deepEqual(await changed(base, { ...base, tool: timed }), []);
    const { nice: _, ...older } = prompt;
    assert.deepEqual(await changed({ ...base, tool: older as ToolConfig }, base), []);
  });

  const naming: readonly [what: string, payload: object, with_: ToolConfig, files: string[]][] = [
    ['the script, as older clients name it', { metadata: { script_path: 'a.sh' } }, script, ['a.sh']],
    [
      'a prompt file and context files',
      { prompt_path: 'prompt.md', context_files: ['a.sh', 7] },
      prompt,
      ['7', 'a.sh', 'prompt.md'],
    ],
    ['a program named by its path', { argv: ['./tool.sh', './a.sh'], cwd: 'bin' }, command, ['bin/tool.sh']],
    ['a shell named by its path', { line: 'make', shell: 'bin/tool.sh' }, line, ['bin/tool.sh']],
    ['no program of the system', { argv: ['node', './a.sh'] }, command, []],
  ];
  for (const [what, payload, with_, files] of naming) {
    it(`depends on ${what}`, async () => {
      write('7', 'seven');
      write('bin/tool.sh', 'echo tool\n');
      const { parts, problem } = await planned(payload, with_);
      assert.equal(problem, null);
      const names = Object.keys(parts).filter((name) => name.startsWith('file '));
      assert.deepEqual(
        names.sort(),
        files.map((name) => `file ${name}`),
      );
      for (const name of files) {
        fs.appendFileSync(inWorkspace(name), 'more');
        assert.notEqual((await planned(payload, with_)).parts[`file ${name}`], parts[`file ${name}`], name);
      }
    });
  }

  it('depends on what checks it, and on a program of the workspace that does, also one that is still to be built', async () => {
    const payload = { script_path: 'a.sh' };
    const verified = (verify: string[] | null, with_ = script) => {
      const request = requestOf(payload, with_);
      return { ...request, task: { ...request.task, verify } };
    };
    const npm = verified(['npm', 'test']);
    assert.deepEqual(await changed(verified(null), npm), ['verify']);
    assert.deepEqual((await plannedRun(npm)).check, ['npm', 'test']);
    const ofTool = verified(null, { ...script, verify: ['make', 'test'] });
    assert.deepEqual(await changed(verified(null), ofTool), ['tool']);
    assert.deepEqual((await plannedRun(ofTool)).check, ['make', 'test']);
    const built = verified(['./built.sh']);
    const before = await pinsOfRun(built, new PayloadFiles(built.folders));
    assert.deepEqual(before.files.find(({ path: name }) => name === 'built.sh')?.file, null);
    assert.equal((await plannedRun(built)).problem, null);
    write('built.sh', 'true');
    const after = await pinsOfRun(built, new PayloadFiles(built.folders));
    assert.deepEqual(changedParts(before.parts, after.parts), ['file built.sh']);
  });

  it('shows no file from outside the workspace', async () => {
    fs.symlinkSync(path.join(folder(), 'outside/secret.txt'), inWorkspace('link.txt'));
    const { files } = await planned(
      { prompt: 'x', context_files: ['link.txt', '../outside/secret.txt'] },
      prompt,
    );
    assert.deepEqual(
      files.map(({ text, bytes }) => [text, bytes]),
      [
        [null, 0],
        [null, 0],
      ],
    );
  });

  it('shows every variable that the task brings, also those with our prefix', async () => {
    const env = { SPARKQ_HOME: '/elsewhere', SPARKQ_NOTE: 'from a reviewer', SPARKQ_STREAM: 'other' };
    assert.deepEqual((await planned({ script_path: 'a.sh', env }, script)).env, {
      SPARKQ_HOME: '/elsewhere',
      SPARKQ_NOTE: 'from a reviewer',
    });
  });

  it('has its command made of the same look at the files as its parts', async () => {
    const request = requestOf({ prompt_path: 'prompt.md' }, prompt);
    const found = new PayloadFiles(request.folders);
    const { parts } = await pinsOfRun(request, found);
    write('prompt.md', 'Delete it.');
    assert.equal((await commandFor(request, found)).stdin, 'Say hello.');
    assert.deepEqual(
      changedParts(parts, (await pinsOfRun(request, new PayloadFiles(request.folders))).parts),
      ['file prompt.md'],
    );
  });

  it('cannot start a script that came after the look at the files', async () => {
    const request = requestOf({ script_path: 'late.sh' }, script);
    const found = new PayloadFiles(request.folders);
    const { files } = await pinsOfRun(request, found);
    assert.deepEqual(files, [{ path: 'late.sh', file: null, hash: 'missing' }]);
    write('late.sh', 'echo late\n');
    await assert.rejects(commandFor(request, found), /The script late.sh does not exist/);
  });
});
