import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { defaultConfig, fixedConfig, outsideTool } from '../../../../src/core/config';
import { silentLog } from '../../../../src/core/log';
import type { Claim } from '../../../../src/core/model';
import { runPaths } from '../../../../src/runner/runFiles';
import { DailyPrune, firstWait } from '../../../../src/runner/worktrees/dailyPrune';
import { changedUnkept, discard, prune, restore } from '../../../../src/runner/worktrees/discarding';
import { keepEnd, keepFolder } from '../../../../src/runner/worktrees/keeping';
import { type WorktreeWish, worktreeFor } from '../../../../src/runner/worktrees/making';
import { merge } from '../../../../src/runner/worktrees/merging';
import { readRecord } from '../../../../src/runner/worktrees/records';
import { RunPlaces } from '../../../../src/runner/worktrees/runPlaces';
import { cancelMerge, mergeUnderWay } from '../../../../src/runner/worktrees/settling';
import { FakeClock } from '../../../support/fakeClock';
import { useFolder } from '../../../support/folders';
import { gitIn } from '../../../support/git';
import { KeptLog } from '../../../support/openDatabase';
import { aTask } from '../../../support/sampleRows';

const day = 24 * 60 * 60 * 1000;

describe('worktrees', () => {
  const folder = useFolder('home', 'storage', 'work');
  const workspace = () => path.join(folder(), 'work');
  const git = (...args: string[]) => gitIn(workspace(), ...args);
  const write = (name: string, text: string) => writeIn(workspace(), name, text);
  const read = (name: string) => fs.readFileSync(path.join(workspace(), name), 'utf8');

  beforeEach(() => {
    git('init', '-q', '-b', 'main');
    git('config', 'user.name', 'Person');
    git('config', 'user.email', 'person@example.com');
    write('shared.txt', 'one\ntwo\nthree\n');
    write('.gitignore', 'ignored*\n');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
  });

  const wish = (part: Partial<WorktreeWish> = {}): WorktreeWish => ({
    home: path.join(folder(), 'home'),
    key: 'tsk_000000000001',
    title: 'Say hello',
    storage: path.join(folder(), 'storage'),
    workspace: workspace(),
    folder: workspace(),
    base: null,
    working: false,
    filters: false,
    attempt: { task: 'tsk_000000000001', number: 1 },
    ...part,
  });

  const own = () => ({ home: wish().home, folders: [workspace()], storages: [wish().storage] });

  it('keeps what a run left, committed or not, and merges it', async () => {
    write('mine.txt', 'not committed\n');
    const tree = await worktreeFor(wish());
    assert.deepEqual(fs.readdirSync(tree.folder).sort(), ['.git', '.gitignore', 'shared.txt']);
    writeIn(tree.folder, 'new.txt', 'new\n');
    gitIn(tree.folder, 'add', '.');
    gitIn(tree.folder, 'commit', '-q', '-m', 'by the agent');
    writeIn(tree.folder, 'shared.txt', 'ONE\ntwo\nthree\n');
    writeIn(tree.folder, 'left.txt', 'left\n');
    writeIn(tree.folder, 'ignored.txt', 'ignored\n');
    await keepEnd(tree.folder, tree.key, 1, silentLog);
    const kept = `refs/sparkq/${tree.key}/1`;
    assert.equal(git('ls-tree', '--name-only', '-r', kept), '.gitignore\nleft.txt\nnew.txt\nshared.txt');
    assert.equal(git('log', '-1', '--format=%an', kept), 'SparkQ');
    assert.equal(git('log', '-1', '--format=%s', `${kept}^`), 'by the agent');
    assert.equal(gitIn(tree.folder, 'status', '--porcelain'), 'M shared.txt\n?? left.txt');

    const merged = await merge(tree);
    assert.ok(merged.done && merged.commit !== null);
    assert.equal(git('log', '-1', '--format=%an %s'), `Person Merge Say hello (${tree.branch})`);
    assert.equal(read('shared.txt'), 'ONE\ntwo\nthree\n');
    assert.equal(git('status', '--porcelain'), '?? mine.txt');
    assert.deepEqual(await merge(tree), { done: true, commit: null, into: fs.realpathSync(workspace()) });
  });

  it('merges into the files alone, beside what a person has changed there', async () => {
    const tree = await worktreeFor(wish());
    writeIn(tree.folder, 'shared.txt', 'one\ntwo\nTHREE\n');
    writeIn(tree.folder, 'bytes.bin', Buffer.from([0, 255, 13, 10]));
    write('shared.txt', 'ONE\ntwo\nthree\n');
    assert.equal((await merge(tree, { patch: true })).done, true);
    assert.equal(read('shared.txt'), 'ONE\ntwo\nTHREE\n');
    assert.deepEqual(fs.readFileSync(path.join(workspace(), 'bytes.bin')), Buffer.from([0, 255, 13, 10]));
    assert.equal(git('log', '--format=%s'), 'one');
  });

  it('changes nothing where there is a conflict, and can leave it to a person, who can cancel', async () => {
    const tree = await worktreeFor(wish());
    writeIn(tree.folder, 'shared.txt', 'theirs\ntwo\nthree\n');
    write('shared.txt', 'ours\ntwo\nthree\n');
    for (const how of [{ patch: true }, {}]) {
      if (!('patch' in how)) git('commit', '-q', '-a', '-m', 'two');
      const answer = await merge(tree, how);
      assert.deepEqual(answer.done ? [] : answer.conflicts, ['shared.txt']);
      assert.equal(read('shared.txt'), 'ours\ntwo\nthree\n');
    }
    const before = git('rev-parse', 'HEAD');
    const answer = await merge(tree, { conflicts: true });
    assert.equal(!answer.done && answer.started, true);
    assert.match(read('shared.txt'), /<<<<<<< /);
    const [conflict, ...others] = (await mergeUnderWay(tree)) ?? [];
    assert.ok(conflict && others.length === 0);
    const { path: name, base, ours, theirs } = conflict;
    assert.equal(name, 'shared.txt');
    const texts = [base, ours, theirs].map((id) => git('cat-file', 'blob', id ?? '').split('\n')[0]);
    assert.deepEqual(texts, ['one', 'ours', 'theirs']);
    write('staged.txt', 'written meanwhile\n');
    git('add', 'staged.txt');
    await cancelMerge(tree);
    const kept = `refs/sparkq/${tree.key}/before-cancel`;
    assert.match(git('show', `${kept}:shared.txt`), /<<<<<<< /);
    assert.equal(git('show', `${kept}:staged.txt`), 'written meanwhile');
    assert.equal(await mergeUnderWay(tree), null);
    assert.equal(read('shared.txt'), 'ours\ntwo\nthree\n');
    assert.equal(git('rev-parse', 'HEAD'), before);
    write('shared.txt', 'not committed\n');
    await assert.rejects(merge(tree, { conflicts: true }), /not committed/);
    git('checkout', '-q', '-f', '-b', 'other', 'HEAD^');
    write('shared.txt', 'other\ntwo\nthree\n');
    git('commit', '-q', '-a', '-m', 'other');
    assert.throws(() => git('merge', 'main'));
    await assert.rejects(mergeUnderWay(tree), /Another merge is under way/);
    await assert.rejects(cancelMerge(tree), /Another merge is under way/);
    assert.match(read('shared.txt'), /<<<<<<< /);
  });

  it('brings back what was discarded, until its time is over', async () => {
    const clock = new FakeClock();
    const tree = await worktreeFor(wish());
    writeIn(tree.folder, 'new.txt', 'new\n');
    gitIn(tree.folder, 'add', '.');
    gitIn(tree.folder, 'commit', '-q', '-m', 'by the agent');
    writeIn(tree.folder, 'left.txt', 'left\n');
    const ignored = path.join(tree.folder, 'ignored');
    fs.mkdirSync(ignored);
    writeIn(ignored, 'deep.txt', 'x');
    assert.deepEqual(await changedUnkept(tree), ['ignored/']);
    await discard(tree, 30, clock);
    assert.equal(fs.existsSync(tree.folder), false);
    assert.equal(git('branch', '--list', 'sparkq/*'), '');
    assert.equal(git('worktree', 'list').split('\n').length, 1);
    const restored = await restore(tree);
    assert.equal(restored.state, 'made');
    assert.equal(fs.readFileSync(path.join(tree.folder, 'left.txt'), 'utf8'), 'left\n');
    assert.equal(gitIn(tree.folder, 'status', '--porcelain'), '?? left.txt');
    assert.equal(gitIn(tree.folder, 'log', '-1', '--format=%s'), 'by the agent');
    assert.equal(git('branch', '--list', '--format=%(refname:short)', 'sparkq/*'), tree.branch);

    assert.equal((await prune(own(), 30, clock)).worktrees.length, 0);
    await discard(tree, 30, clock);
    clock.advance(31 * day);
    assert.deepEqual((await prune(own(), 30, clock)).worktrees, [tree.key]);
    assert.equal(git('for-each-ref', 'refs/sparkq'), '');
    assert.equal(readRecord(tree.folder), null);
  });

  it('forgets once a day what is over, and nothing that is in use, there or to be kept for longer', async () => {
    const clock = new FakeClock(Date.now());
    const keyOf = (number: number) => `tsk_00000000000${number}`;
    const treeOf = (number: number) =>
      worktreeFor(wish({ key: keyOf(number), attempt: { task: keyOf(number), number: 1 } }));
    const present = await treeOf(1);
    await keepEnd(present.folder, present.key, 1, silentLog);
    await discard(await treeOf(2), 30, clock);
    const later = await treeOf(3);
    await discard(later, 60, clock);
    for (const number of [4, 5]) await keepFolder(workspace(), keyOf(number), '1-before');
    const runs = path.join(wish().storage, 'runs');
    fs.mkdirSync(runs, { recursive: true });
    fs.writeFileSync(path.join(runs, `${keyOf(5)}-1.json`), '{}');

    const { home, storage } = wish();
    const said = new KeptLog();
    const places = { home, storage, workspace: workspace(), others: () => [] };
    const daily = new DailyPrune({ ...places, config: fixedConfig(), log: said, clock });
    const keysLeft = () =>
      [...new Set(git('for-each-ref', '--format=%(refname)', 'refs/sparkq').match(/tsk_\d+/g))].sort();
    const before = keysLeft();
    daily.start();
    clock.advance(firstWait);
    await clock.timerSet(day);
    assert.deepEqual([keysLeft(), said.lines], [before, []]);
    clock.advance(31 * day);
    await clock.timerSet(day);
    daily.stop();
    assert.match(said.lines.join(), /^info Forgot .* more than 30 days ago: 1 worktrees, \d+ refs\.$/);
    assert.deepEqual(keysLeft(), [1, 3, 5].map(keyOf));
    assert.ok(fs.existsSync(path.join(present.folder, 'shared.txt')));
    assert.equal(readRecord(later.folder)?.state, 'discarded');
    assert.equal((await restore(later)).state, 'made');
  });

  it('begins with the commit that was meant, or with what is in the folder, and with what is to be copied', async () => {
    const first = git('rev-parse', 'HEAD');
    write('second.txt', 'second\n');
    git('add', '.');
    git('commit', '-q', '-m', 'two');
    const old = await worktreeFor(wish({ base: first }));
    assert.equal(fs.existsSync(path.join(old.folder, 'second.txt')), false);
    write('second.txt', 'changed\n');
    write('ignored.env', 'secret\n');
    write('.worktreeinclude', '*.env\n');
    const index = fs.readFileSync(path.join(workspace(), '.git/index'));
    const now = await worktreeFor(wish({ key: 'tsk_000000000002', working: true }));
    assert.deepEqual(fs.readFileSync(path.join(workspace(), '.git/index')), index);
    assert.equal(fs.readFileSync(path.join(now.folder, 'second.txt'), 'utf8'), 'changed\n');
    assert.equal(fs.readFileSync(path.join(now.folder, 'ignored.env'), 'utf8'), 'secret\n');
    assert.equal(git('log', '-1', '--format=%H', `${now.base}^`), git('rev-parse', 'HEAD'));
    assert.equal((await worktreeFor(wish({ key: now.key, working: true }))).base, now.base);
  });

  it('finds everything again where the folder was removed by hand', async () => {
    const tree = await worktreeFor(wish());
    writeIn(tree.folder, 'new.txt', 'new\n');
    await keepEnd(tree.folder, tree.key, 1, silentLog);
    fs.rmSync(tree.folder, { recursive: true });
    const again = await worktreeFor(wish());
    assert.equal(again.folder, tree.folder);
    assert.equal(fs.readFileSync(path.join(tree.folder, 'new.txt'), 'utf8'), 'new\n');
  });

  it('says in one sentence why there can be no worktree', async () => {
    const elsewhere = path.join(folder(), 'storage');
    await assert.rejects(worktreeFor(wish({ folder: elsewhere })), /is in no git repository/);
    gitIn(elsewhere, 'init', '-q');
    await assert.rejects(worktreeFor(wish({ folder: elsewhere })), /has no commit yet/);
    const bare = path.join(folder(), 'bare');
    git('clone', '-q', '--bare', '.', bare);
    await assert.rejects(worktreeFor(wish({ folder: bare })), /is a bare repository/);
  });

  it('works in a bare clone’s worktree, in a shallow clone and in a sparse checkout', async () => {
    const bare = path.join(folder(), 'clone.git');
    git('clone', '-q', '--bare', '.', bare);
    const ofBare = path.join(folder(), 'of-bare');
    gitIn(bare, 'worktree', 'add', '-q', ofBare, 'main');
    const shallow = path.join(folder(), 'shallow');
    git('clone', '-q', '--depth=1', `file://${workspace()}`, shallow);
    gitIn(shallow, 'sparse-checkout', 'set', '--no-cone', 'shared.txt');
    for (const where of [ofBare, shallow]) {
      const tree = await worktreeFor(wish({ folder: where }));
      writeIn(tree.folder, 'new.txt', 'new\n');
      await keepEnd(tree.folder, tree.key, 1, silentLog);
      const names = gitIn(where, 'ls-tree', '-r', '--name-only', `refs/sparkq/${tree.key}/1`);
      assert.equal(names, '.gitignore\nnew.txt\nshared.txt', where);
      await discard(tree, 30);
    }
  });

  it('keeps what lies in a folder and touches nothing, and says what it left out', async () => {
    write('inner/file', 'x');
    gitIn(path.join(workspace(), 'inner'), 'init', '-q');
    write('large.bin', '');
    fs.truncateSync(path.join(workspace(), 'large.bin'), 51 * 1024 * 1024);
    fs.rmSync(path.join(workspace(), 'shared.txt'));
    write('shared.txt/now a folder', 'x');
    const status = git('status', '--porcelain');
    const kept = await keepFolder(workspace(), 'tsk_000000000003', '1-before');
    assert.deepEqual(
      kept?.leftOut.map(({ path: name, code }) => `${code} ${name}`),
      ['repository inner/', 'large large.bin'],
    );
    assert.equal(git('status', '--porcelain'), status);
    assert.equal(
      git('ls-tree', '-r', '--name-only', kept?.commit ?? ''),
      '.gitignore\nshared.txt/now a folder',
    );
    assert.match(git('log', '-1', '--format=%B', kept?.commit ?? ''), /left out \(large\): large\.bin/);
  });

  it('says of a run that cannot be undone why not', async () => {
    const storage = path.join(folder(), 'storage');
    const places = new RunPlaces({
      ...{ home: null, workspace: workspace(), storage, others: () => [], log: silentLog },
    });
    const agent = { ...outsideTool, command: ['agent'], snapshot: true };
    const config = { ...defaultConfig, tools: { agent } };
    const task = aTask({ tool_name: 'agent', attempts: 1 });
    fs.writeFileSync(path.join(workspace(), '.git/index'), 'damaged');
    const place = await places.find({ task, worktree: 'none' } as Claim, config);
    assert.equal(place?.kind, 'unkept');
    assert.deepEqual(
      place.notes?.map(({ code }) => code),
      ['undo_failed'],
    );
    const { spec } = runPaths(storage, task.id, 1);
    fs.mkdirSync(path.dirname(spec));
    fs.writeFileSync(spec, JSON.stringify({ place }));
    assert.deepEqual(await places.keep(task), place.notes);
  });
});

function writeIn(folder: string, name: string, text: string | Buffer): void {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}
