import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readResources } from '../../../src/runner/machine/resourceFile';
import { fileThere } from '../runner/support';
import { blocksOf, linesOf, TypingSandbox } from './typing';

const page = 'docs/recipes.md';

function settingOf(name: string): { scope?: string; type?: string } {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  return manifest.contributes.configuration.properties[name];
}

describe('The recipes', () => {
  // They are typed into a shell, on a terminal.
  if (process.platform !== 'linux') return;
  let box: TypingSandbox;
  /** The folders in which a process works in the background. */
  let working: string[];
  beforeEach(() => {
    box = new TypingSandbox();
    working = [box.folder];
    box.write('Makefile', 'test:\n\t@echo tested\nnightly:\n\t@echo built\n');
  });
  afterEach(async () => {
    for (const cwd of working) await box.typed('sparkq down', { cwd }).exited;
    await box.remove();
  });

  /** The only block in one language of a section. */
  function blockOf(section: string, language: string): string {
    const [block, ...more] = blocksOf(page, section, language);
    assert.ok(block !== undefined && more.length === 0, `${section}: one block of ${language}`);
    return block;
  }

  const inRoot = (name: string) => path.join(box.root, name);

  it('send a notification to the phone', async () => {
    const section = 'A notification on the phone';
    const sent = inRoot('sent');
    box.standIn('curl', `{ echo "curl $*"; case "$*" in *@-*) cat;; esac; echo .; } >> '${sent}'`);
    await box.ok('setup', '--yes');
    box.write('sparkq.yml', blockOf(section, 'yaml'));
    const [trust = '', ...lines] = linesOf(blockOf(section, 'sh'));
    const { code, stdout } = await box.agrees(trust);
    assert.equal(code, 0, stdout);
    await box.succeeds('sparkq add -- false');
    await box.succeeds(lines.join('\n'));
    const text = await fileThere(sent, (now) => now.includes('@-') && now.endsWith('.\n'));
    assert.match(text, /^curl -sS -d A task has failed https:\/\/ntfy\.sh\/YOUR-TOPIC\n\.\n/);
    assert.match(text, /curl -sS --data-binary @- https:\/\/ntfy\.sh\/YOUR-TOPIC\n.*1 failed/s);
  });

  it('build at night and report in the morning', async () => {
    const mail = inRoot('mail');
    box.standIn('mail', `{ echo "mail $*"; cat; echo .; } > '${mail}'`);
    await box.ok('setup', '--yes');
    await box.succeeds(blockOf('A nightly build that reports in the morning', 'sh'));
    const schedules = await box.json<{ id: string; payload: string; cron: string }[]>('schedule', 'list');
    for (const cron of ['0 2 * * *', '0 7 * * *']) {
      const { id = '' } = schedules.find((schedule) => schedule.cron === cron) ?? {};
      await box.ok('schedule', 'run', id);
    }
    const text = await fileThere(mail, (now) => now.endsWith('.\n'));
    assert.match(text, /^mail -s Last night me@example\.com\n.*1 succeeded.*nightly/s);
  });

  it('share a GPU among three folders', async () => {
    const section = 'A GPU that three folders share';
    const go = inRoot('go');
    const trained = inRoot('trained');
    const busy = inRoot('busy');
    // One that is there while another one has the GPU says so.
    box.standIn(
      'python3',
      `mkdir '${busy}' || echo two at once >> '${trained}'
until [ -e '${go}' ]; do sleep 0.05; done
echo "$*" >> '${trained}'
rmdir '${busy}'`,
    );
    mkdirSync(box.home, { mode: 0o700 });
    assert.match(blockOf(section, 'yaml'), /gpu: 2/);
    writeFileSync(path.join(box.home, 'machine.yml'), blockOf(section, 'yaml').replace('2', '1'));
    working = ['vision', 'speech', 'text'].map(inRoot);
    for (const folder of working) {
      mkdirSync(folder);
      await box.succeeds(blockOf(section, 'sh'), { cwd: folder });
    }
    while (readResources(box.home).entries.length < working.length) await new Promise(setImmediate);
    appendFileSync(go, '');
    const all = 'train.py\n'.repeat(working.length);
    await fileThere(trained, (now) => now.includes('two') || now.length >= all.length);
    assert.equal(readFileSync(trained, 'utf8'), all);
  });

  it('work on a server over SSH, also when the connection has ended', async () => {
    const server = inRoot('server');
    const project = path.join(server, 'project');
    mkdirSync(project, { recursive: true });
    working = [];
    const go = path.join(project, 'go');
    writeFileSync(
      path.join(project, 'Makefile'),
      'test:\n\t@until [ -e go ]; do sleep 0.05; done; echo tested\n',
    );
    // Another user folder and another home. What is left of the session hears that the connection has ended.
    box.standIn(
      'ssh',
      `[ "$1" = server ] || exit 255
cd '${server}'
SPARKQ_HOME='${server}/home' setsid --wait sh -c '(eval "$1"); code=$?; trap "" HUP; kill -HUP 0; exit $code' sh "$2"`,
    );
    const [queue = '', later = ''] = blocksOf(page, 'A queue on a server, over SSH', 'sh');
    try {
      await box.succeeds(queue);
      assert.match(await box.succeeds("ssh server 'cd project && sparkq tasks'"), /make test/);
      writeFileSync(go, '');
      await box.succeeds("ssh server 'cd project && sparkq wait --stream main'");
      assert.match(await box.succeeds(later), /1 succeeded/);
      assert.equal(existsSync(box.home), false);
    } finally {
      await box.typed("ssh server 'cd project && sparkq down'").exited;
    }
  });

  it('keep the queue of a dev container in a volume', async () => {
    const section = 'In a dev container';
    // Of the container, whose root is another folder here.
    const here = (text: string) => text.replaceAll('/sparkq/', `${inRoot('sparkq')}/`);
    const text = here(blockOf(section, 'jsonc').replace(/^\/\/.*/, ''));
    const { containerEnv, customizations, mounts } = JSON.parse(text);
    assert.match(String(mounts), /target=\/sparkq,/);
    const { scope, type } = settingOf('sparkq.storage');
    assert.deepEqual([scope, type], ['machine', 'string']);
    const env: Record<string, string> = containerEnv;
    await box.succeeds('sparkq setup --yes; sparkq add true', { env });
    const said = await box.succeeds(here(blockOf(section, 'sh')), { env });
    const folder = customizations.vscode.settings['sparkq.storage'];
    assert.ok(said.includes(`The queue of ${box.folder} is in ${folder}/project-`), said);
    assert.match(await box.succeeds('sparkq tasks', { env }), /queued/);
  });

  it('run the tests of a job in CI, and fail where one fails', async () => {
    const summary = inRoot('summary');
    box.write('tests/good.sh', 'echo good\n');
    box.write('tests/bad.sh', 'echo try >> tries\nexit 3\n');
    const { code, stderr } = await box.typed(blockOf('In CI', 'sh'), {
      env: { GITHUB_STEP_SUMMARY: summary },
    }).exited;
    assert.equal(code, 1, stderr);
    assert.equal(box.read('tries'), 'try\ntry\n');
    assert.match(readFileSync(summary, 'utf8'), /1 succeeded, 1 failed.*tests\/bad/s);
  });
});
