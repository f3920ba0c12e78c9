/**
 * Worktrees are made, kept, merged, discarded, restored and pruned, and runs in the folder undone, by one process or by two
 * at once, each of which may be killed at any of its calls of git, in git, or at any of its own files, or find the disk
 * full. Whatever was written in a worktree must be there or be reachable in git, and nothing of the person's own may change.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { isErrno } from '../../../src/system/errno';
import { Random } from '../random';
import { OwnThings } from './ownThings';
import { faultyGit, type How, hows } from './worktreeFaults';
import { type Step, steps } from './worktreeStep';

export interface WorktreeKillCounts {
  /** Random ends: of killed processes, and of git alone; what found no space. */
  kills: number;
  gits: number;
  full: number;
  /** Steps, by how they ended without being killed. */
  done: number;
  refused: number;
  /** Texts that were written, and found again each time. */
  texts: number;
  /** Ends of runs that were kept, and were there each time. */
  ends: number;
}

const keys = ['tsk_000000000001', 'tsk_000000000002', 'tsk_000000000003'];
/** A step calls git, and changes files, about as often at most. */
const mostCalls = 24;
const mostChanges = 16;
/** A disk that is smaller than this is ours, to be filled; bytes. */
const smallDisk = 2 ** 30;

/** @param folder to work in; where that is a small disk, it is filled now and then */
export async function killWorktrees(
  kills: number,
  seed: number,
  say: (counts: WorktreeKillCounts) => void = () => {},
  folder = os.tmpdir(),
): Promise<WorktreeKillCounts> {
  const place = fs.realpathSync(fs.mkdtempSync(path.join(folder, 'sparkq-worktrees-')));
  try {
    const rounds = new Rounds(place, new Random(seed));
    await rounds.begin();
    for (let said = 50; rounds.ends < kills; ) {
      await rounds.next();
      if (rounds.ends < said) continue;
      say(rounds.counts);
      said += 50;
    }
    await rounds.finish();
    say(rounds.counts);
    return rounds.counts;
  } finally {
    fs.rmSync(place, { recursive: true, force: true });
  }
}

/** What happens to a step: nothing where no number is given. */
interface Fault {
  how: How;
  git: number;
  file: number;
}
const noFault: Fault = { how: 'before', git: 0, file: 0 };

class Rounds {
  readonly counts: WorktreeKillCounts = {
    ...{ kills: 0, gits: 0, full: 0 },
    ...{ done: 0, refused: 0, texts: 0, ends: 0 },
  };
  private readonly home: string;
  private readonly tools: string;
  private readonly own: OwnThings;
  /** Of agents. */
  private readonly theirs = new Set<string>();
  /** Commits by ref: what lay there at the ends of runs. */
  private readonly kept = new Map<string, string>();
  /** Texts by commit: those do not change. */
  private readonly inCommits = new Map<string, string[]>();
  private attempt = 0;

  constructor(
    private readonly place: string,
    private readonly random: Random,
  ) {
    this.home = path.join(place, 'home');
    this.tools = path.join(place, 'tools');
    for (const folder of [this.home, this.tools, path.join(place, 'tmp')]) fs.mkdirSync(folder);
    this.own = new OwnThings(place, random);
    const git = path.join(this.own.git('--exec-path'), 'git');
    fs.writeFileSync(path.join(this.tools, 'git'), faultyGit(git), { mode: 0o755 });
  }

  get ends(): number {
    const { kills, gits, full } = this.counts;
    return kills + gits + full;
  }

  /** With something that can be lost. */
  async begin(): Promise<void> {
    const [key = ''] = keys;
    assert.ok(await this.take('make', key, noFault));
    this.writeTheirs(key);
  }

  async next(): Promise<void> {
    const { random } = this;
    if (random.chance(0.3)) this.own.write();
    if (random.chance(0.1)) this.own.commitAll();
    if (random.chance(0.12)) return this.runInFolder();
    const key = this.key();
    if (random.chance(0.5)) this.writeTheirs(key);
    if (random.chance(0.2) && (await this.take('make', key, this.fault()))) this.replaceTheirs(key);
    const step = this.step();
    const others: Promise<unknown>[] = random.chance(0.25)
      ? [this.take(this.step(), key, this.fault(), false)]
      : [];
    const fault = this.fault();
    const ballast = fault === noFault && random.chance(0.4) ? this.fill() : null;
    if (random.chance(0.1)) others.push(this.own.commit());
    await Promise.all([this.take(step, key, fault, others.length === 0), ...others]);
    if (ballast !== null) fs.rmSync(ballast);
    this.check(`after ${step} of ${key}, ${JSON.stringify(fault)}`);
  }

  /** Everything can be discarded and brought back after all of that, and goes once its time is over, and not before. */
  async finish(): Promise<void> {
    const runAll = (last: readonly Step[]) =>
      Promise.all(
        keys.map(async (key) => {
          this.attempt += 1;
          assert.equal(await this.run(last, key, this.attempt, noFault), 0, `${last} of ${key}`);
        }),
      );
    await runAll(['make', 'keep', 'discard', 'restore']);
    this.check('at last');
    for (const key of keys) assert.ok(this.folderOf(key), `${key} is there at last`);
    await runAll(['discard', 'expire']);
    const left = this.own.git('for-each-ref', '--format=%(refname)', 'refs/sparkq', 'refs/heads/sparkq');
    assert.equal(left, '', 'refs are left');
    this.own.check('when all has expired', new Map([['refs/heads/main', '']]));
  }

  /** Whether it was done. */
  private async take(step: Step, key: string, fault: Fault, alone = true): Promise<boolean> {
    this.attempt += 1;
    const { attempt } = this;
    const wasThere = this.folderOf(key) !== null;
    const code = await this.run([step], key, attempt, fault);
    this.count(code, fault);
    if (step === 'keep' && code === 0 && wasThere) this.noteEnd(key, attempt, alone);
    return code === 0;
  }

  private count(code: number | null, { how, git, file }: Fault): void {
    if (code === null) this.counts.kills += 1;
    else if (code === 0) this.counts.done += 1;
    else this.counts.refused += 1;
    if (code === null || code === 0 || git + file === 0) return;
    if (how === 'git') this.counts.gits += 1;
    else if (how === 'full') this.counts.full += 1;
  }

  /** A run in the folder itself, after which the person may go on, and which is undone. */
  private async runInFolder(): Promise<void> {
    const { random } = this;
    const key = 'tsk_000000000009';
    this.attempt += 1;
    const { attempt } = this;
    const step = async (name: Step) => {
      const fault = this.fault();
      const code = await this.run([name], key, attempt, fault);
      this.count(code, fault);
      return code === 0;
    };
    if (!(await step('before'))) return this.check('before a run in the folder');
    const texts = ['ran', `ran-${attempt}`].map((name) => {
      const text = `text-${this.theirs.size}-`;
      this.own.append(name, text);
      this.theirs.add(text);
      this.counts.texts += 1;
      return text;
    });
    if (await step('after')) {
      this.noteEnd(key, attempt, true);
      if (random.chance(0.4)) this.own.write('ran');
      await step('undo');
    } else {
      // Nothing keeps it now, and nothing undoes it.
      for (const text of texts) this.theirs.delete(text);
    }
    this.check(`after undoing ${attempt}`);
  }

  private noteEnd(key: string, attempt: number, alone: boolean): void {
    const ref = `refs/sparkq/${key}/${attempt}`;
    const commit = this.own.git('for-each-ref', '--format=%(objectname)', ref);
    // Somebody else may just have brought it back.
    assert.ok(commit !== '' || !alone, `${ref} was not kept`);
    if (commit === '') return;
    this.kept.set(ref, commit);
    this.counts.ends += 1;
  }

  /** The exit code; null where it was killed. */
  private async run(
    names: readonly Step[],
    key: string,
    attempt: number,
    { how, git, file }: Fault,
  ): Promise<number | null> {
    const program = path.resolve('out/test/support/killed/worktreeStep.js');
    const args = [program, names.join(), this.home, this.own.workspace, key, String(attempt)];
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        PATH: `${this.tools}${path.delimiter}${process.env.PATH}`,
        TMPDIR: path.join(this.place, 'tmp'),
        GIT_AT: String(git),
        FILE_AT: String(file),
        HOW: how,
        PAUSE: String(this.random.below(8)),
        CALLS: path.join(this.tools, `calls-${attempt}-${names[0]}`),
      },
    });
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    assert.notEqual(code, 2, `${names} of ${key}: ${errors}`);
    if (names.length > 1) assert.equal(code, 0, errors);
    return code;
  }

  private fault(): Fault {
    const { random } = this;
    if (random.chance(0.3)) return noFault;
    const how = hows[random.below(hows.length)] as How;
    const inGit = how === 'git' || random.chance(0.6);
    return inGit
      ? { how, git: 1 + random.below(mostCalls), file: 0 }
      : { how, git: 0, file: 1 + random.below(mostChanges) };
  }

  /** Leaves little of a small disk, or nothing; null where the disk is no small one. */
  private fill(): string | null {
    const { bavail, bsize, blocks } = fs.statfsSync(this.place);
    if (blocks * bsize > smallDisk) return null;
    const file = path.join(this.place, 'ballast');
    const left = this.random.below(40) * bsize;
    try {
      fs.writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - left)));
    } catch (error) {
      // A git that outlives its parent has taken some.
      if (!isErrno(error, 'ENOSPC')) throw error;
    }
    this.counts.full += 1;
    return file;
  }

  /** As an agent does in the worktree: a file of its own, or a line in one of all. Sometimes it commits. */
  private writeTheirs(key: string): void {
    const folder = this.folderOf(key);
    if (folder === null) return;
    const text = `text-${this.theirs.size}-`;
    const name = this.random.chance(0.5) ? `new-${this.theirs.size}` : this.random.chance(0.5) ? 'a' : 'b';
    fs.appendFileSync(path.join(folder, name), `${text}\n`);
    this.theirs.add(text);
    this.counts.texts += 1;
    if (!this.random.chance(0.3)) return;
    this.own.gitIn(folder, 'add', '.');
    this.own.gitIn(folder, 'commit', '-q', '-m', text);
  }

  /** As a next run does, which throws away what the last one has written. */
  private replaceTheirs(key: string): void {
    const folder = this.folderOf(key);
    if (folder === null) return;
    for (const name of fs.readdirSync(folder).filter((one) => one.startsWith('new-')))
      fs.rmSync(path.join(folder, name));
    fs.writeFileSync(path.join(folder, 'a'), 'text-first\n');
  }

  private check(when: string): void {
    this.own.removeLocks();
    this.own.settle();
    const refs = new Map(
      this.own
        .git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/sparkq', 'refs/heads')
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    );
    for (const [ref, commit] of this.kept) assert.equal(refs.get(ref), commit, `${ref} is lost ${when}`);
    this.readTexts([...refs.values()].filter((commit) => !this.inCommits.has(commit)));
    const there = new Set([...refs.values()].flatMap((commit) => this.inCommits.get(commit) ?? []));
    for (const key of keys) {
      const folder = this.folderOf(key);
      for (const name of folder === null ? [] : fs.readdirSync(folder))
        if (name !== '.git')
          for (const line of fs.readFileSync(path.join(folder ?? '', name), 'utf8').split('\n'))
            there.add(line);
    }
    for (const text of this.theirs) assert.ok(there.has(text), `${text} is lost ${when}`);
    this.own.check(when, refs);
  }

  private readTexts(commits: readonly string[]): void {
    for (const commit of commits) this.inCommits.set(commit, []);
    if (commits.length === 0) return;
    for (const line of this.own.git('grep', 'text-', ...new Set(commits)).split('\n')) {
      const [commit = '', , text = ''] = line.split(':');
      this.inCommits.get(commit)?.push(text);
    }
  }

  private key(): string {
    return keys[this.random.below(keys.length)] as string;
  }

  private step(): Step {
    return steps[this.random.below(steps.length)] as Step;
  }

  /** Where the worktree of a task is; null for none, and where it is being made. */
  private folderOf(key: string): string | null {
    const root = path.join(this.home, 'worktrees');
    const names = fs.existsSync(root) ? fs.readdirSync(root) : [];
    const repository = names.find((name) => name.startsWith('work-'));
    const folder = repository && path.join(root, repository, key);
    if (!folder || !fs.existsSync(`${folder}.json`)) return null;
    const record = JSON.parse(fs.readFileSync(`${folder}.json`, 'utf8')) as { state: string };
    return record.state === 'made' && fs.existsSync(path.join(folder, '.git')) ? folder : null;
  }
}
