import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Task } from '../../../src/core/model';
import { inRepository } from '../../vscode/root';
import type { TemporaryPlace } from '../../vscode/sampleWorkspace';
import { type StageOf, shareStage, useStage } from '../support/stage';
import { until } from '../support/until';

/** Puts these files in the place of all that is in the workspace. */
async function replaceFiles(
  { workspace }: TemporaryPlace,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const name of await fs.readdir(workspace))
    await fs.rm(path.join(workspace, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(workspace, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, text);
  }
}

const npmProject = {
  'package.json': JSON.stringify({
    name: 'shop',
    scripts: { build: 'node build.js', test: 'node --test' },
  }),
  'package-lock.json': '{"lockfileVersion": 3, "packages": {}}',
  'build.js': "require('node:fs').writeFileSync('built.txt', process.env.npm_lifecycle_event);\n",
};

/** With what `python3 -m venv` makes, as far as a run needs it, and `sparkq` where the environment's programs are. */
async function pythonProject(place: TemporaryPlace): Promise<void> {
  // Not what merely stands for it, such as a shim of pyenv.
  const ask = 'import os, sys; print(os.path.realpath(sys.executable))';
  const python = execFileSync('python3', ['-c', ask], { encoding: 'utf8' }).trim();
  const bin = path.join(place.workspace, '.venv', 'bin');
  const cli = inRepository('dist', 'cli.js');
  await replaceFiles(place, {
    'train.py': 'import sys\nopen("prefix.txt", "w").write(sys.prefix)\n',
    '.venv/pyvenv.cfg': `home = ${path.dirname(python)}\ninclude-system-site-packages = false\n`,
    '.venv/bin/activate': `export VIRTUAL_ENV='${path.dirname(bin)}' PATH='${bin}':"$PATH"\n`,
    '.venv/bin/sparkq': `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`,
  });
  await fs.symlink(python, path.join(bin, 'python'));
  await fs.chmod(path.join(bin, 'sparkq'), 0o755);
}

/**
 * What a person does on the way from a folder of their own to the first run: at most three interactions.
 * @param most fewer where they have answered already whether to start
 */
function firstRun(stage: StageOf, name: string, most = 3) {
  let interactions = 0;
  const act = async (interaction: Promise<unknown>): Promise<void> => {
    await interaction;
    interactions += 1;
  };
  return {
    act,
    /** Answers whether to start. */
    async start(): Promise<void> {
      const { workbench } = stage();
      const question = workbench.notification('Start working on what is queued here?');
      await question.waitFor();
      await workbench.screenshot(`${name}-queued`);
      await act(question.getByRole('button', { name: 'Start Worker' }).click());
    },
    /** Resolves with the first task once it has finished. */
    async finished(): Promise<Task> {
      const { workbench } = stage();
      const queue = await stage().queue();
      const task = await until('the first task has finished', async () => {
        const { items } = await queue.listTasks();
        return items.find(({ finished_at }) => finished_at !== null);
      });
      await queue.close();
      await workbench.view('Review').see(task.label ?? '');
      await workbench.screenshot(`${name}-done`);
      assert.equal(task.status, 'succeeded');
      assert.ok(interactions <= most, `${interactions} interactions`);
      return task;
    },
  };
}

describe("From a folder of one's own to the first run", () => {
  const stage = useStage({
    settings: { 'sparkq.startWorker': 'ask' },
    prepare: (place) => replaceFiles(place, npmProject),
  });

  describe('a project of npm', () => {
    shareStage(stage);

    it('takes the button of a script, and the answer whether to start', async () => {
      const { workbench, place } = stage();
      const { act, start, finished } = firstRun(stage, 'own-npm');
      await act(workbench.openContainer('SparkQ'));
      const scripts = workbench.view('Scripts');
      await scripts.see(/^test/);
      await workbench.screenshot('own-npm');
      await act(scripts.inlineAction(/^build/, 'Enqueue Script'));
      await start();
      await finished();
      assert.equal(await fs.readFile(path.join(place.workspace, 'built.txt'), 'utf8'), 'build');
    });

    it('pins a script of npm as any other', async () => {
      const { workbench } = stage();
      const scripts = workbench.view('Scripts');
      await scripts.inlineAction(/^test/, 'Pin Script');
      await scripts.seeInOrder([/^test/, /^build/]);
      await workbench.screenshot('own-npm-pinned');
      await scripts.inlineAction(/^test/, 'Unpin');
      await scripts.seeInOrder([/^build/, /^test/]);
    });
  });

  describe('a project with a Makefile', () => {
    shareStage(stage);
    before(() =>
      replaceFiles(stage().place, {
        Makefile: 'all: report.txt\n\nreport.txt:\n\techo made > report.txt\n\nclean:\n\trm -f report.txt\n',
      }),
    );

    it('takes the button of a target', async () => {
      const { workbench, place } = stage();
      const { act, finished } = firstRun(stage, 'own-make', 2);
      await act(workbench.openContainer('SparkQ'));
      const scripts = workbench.view('Scripts');
      await scripts.see(/^clean/);
      await scripts.row(/^build/).waitFor({ state: 'detached' });
      await act(scripts.inlineAction(/^all/, 'Enqueue Script'));
      await finished();
      assert.equal(await fs.readFile(path.join(place.workspace, 'report.txt'), 'utf8'), 'made\n');
    });
  });

  describe('loose scripts', () => {
    shareStage(stage);
    before(() =>
      replaceFiles(stage().place, {
        'tidy up.sh': '#!/bin/sh\necho tidied > tidied.txt\n',
        'tools/count.py': 'print("counted")\n',
        'notes.txt': 'Nothing to run\n',
      }),
    );

    it('takes the menu of the Explorer', async () => {
      const { workbench, place } = stage();
      const { act, finished } = firstRun(stage, 'own-loose', 2);
      await workbench.openContainer('Explorer');
      await workbench.explorer.see('notes.txt');
      await workbench.explorer.row('report.txt').waitFor({ state: 'detached' });
      await act(workbench.explorer.menu('tidy up.sh', 'Enqueue Script', 'SparkQ'));
      await workbench.openContainer('SparkQ');
      await finished();
      assert.equal(await fs.readFile(path.join(place.workspace, 'tidied.txt'), 'utf8'), 'tidied\n');
    });
  });
});

describe('From a Python project with an environment of its own to the first run', () => {
  const stage = useStage({ settings: { 'sparkq.startWorker': 'ask' }, prepare: pythonProject });

  it('takes a line in a terminal where that is active, a yes, and the button of the stream', async () => {
    const { workbench, place } = stage();
    const { act, finished } = firstRun(stage, 'own-python');
    await workbench.openContainer('SparkQ');
    await workbench.view('Queue').welcome.getByText('This folder has no queue yet').waitFor();
    await workbench.command('Terminal: Create New Terminal');
    await workbench.terminal
      .getByText(/[$#]\s*$/)
      .first()
      .waitFor();
    const type = (line: string) => workbench.page.keyboard.type(`${line}\n`);
    await act(type('. .venv/bin/activate && sparkq add python train.py'));
    await workbench.terminal.getByText('[y/N]').first().waitFor();
    await workbench.screenshot('own-python');
    await act(type('y'));
    await act(workbench.view('Queue').inlineAction(/^main/, 'Start Worker'));
    await finished();
    const prefix = await fs.readFile(path.join(place.workspace, 'prefix.txt'), 'utf8');
    assert.equal(prefix, path.join(place.workspace, '.venv'));
  });
});
