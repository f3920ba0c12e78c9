/**
 * Worktrees are made, kept, merged, discarded and restored, by one process or by two at once, each of which may be killed
 * at any of its calls of git. Whatever was written in a worktree must be there or be reachable in git, and nothing of the
 * person's own may change.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { gitIn } from '../git';
import { Random } from '../random';
import { type Step, steps } from './worktreeStep';

export interface WorktreeKillCounts {
  kills: number;
  /** That were not killed, by how they ended. */
  done: number;
  refused: number;
  /** Texts that were written, and found again each time. */
  texts: number;
}

const keys = ['tsk_000000000001', 'tsk_000000000002', 'tsk_000000000003'];
/** A step calls git about as often at most. */
const mostCalls = 24;

export async function killWorktrees(
  kills: number,
  seed: number,
  say: (counts: WorktreeKillCounts) => void = () => {},
): Promise<WorktreeKillCounts> {
  const place = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'sparkq-worktrees-')));
  try {
    const rounds = new Rounds(place, new Random(seed));
    while (rounds.counts.kills < kills) {
      await rounds.next();
      if (rounds.counts.kills % 50 === 49) say(rounds.counts);
    }
    await rounds.finish();
    say(rounds.counts);
    return rounds.counts;
  } finally {
    fs.rmSync(place, { recursive: true, force: true });
  }
}

class Rounds {
  readonly counts: WorktreeKillCounts = { kills: 0, done: 0, refused: 0, texts: 0 };
  private readonly home: string;
  private readonly workspace: string;
  private readonly tools: string;
  /** Of agents. */
  private readonly theirs = new Set<string>();
  /** Of the person, by file. */
  private readonly own = new Map<string, string>();
  private readonly staged = new Set<string>();
  private attempt = 0;

  constructor(
    place: string,
    private readonly random: Random,
  ) {
    this.home = path.join(place, 'home');
    this.workspace = path.join(place, 'work');
    this.tools = path.join(place, 'tools');
    for (const folder of [this.home, this.workspace, this.tools]) fs.mkdirSync(folder);
    const real = gitIn(place, '--exec-path');
    // Kills the process that calls it at the call that `AT` names.
    const wrapper = `#!/bin/sh
n=$(($(cat "$CALLS" 2> /dev/null || echo 0) + 1)); echo $n > "$CALLS"
[ "$n" = "$AT" ] && [ "$HOW" = before ] && { kill -9 $PPID; exit 1; }
"${real}/git" "$@"; code=$?
[ "$n" = "$AT" ] && kill -9 $PPID
exit $code
`;
    fs.writeFileSync(path.join(this.tools, 'git'), wrapper, { mode: 0o755 });
    this.git('init', '-q', '-b', 'main');
    this.git('config', 'user.name', 'Person');
    this.git('config', 'user.email', 'person@example.com');
    for (const name of ['a', 'b', 'own']) fs.writeFileSync(path.join(this.workspace, name), 'text-first\n');
    this.git('add', '.');
    this.git('commit', '-q', '-m', 'first');
  }

  async next(): Promise<void> {
    const { random } = this;
    if (random.chance(0.3)) this.writeOwn();
    const key = this.key();
    if (random.chance(0.7)) this.writeTheirs(key);
    const step = steps[random.below(steps.length)] as Step;
    const at = random.chance(0.75) ? 1 + random.below(mostCalls) : 0;
    const others = random.chance(0.2) ? [this.take(steps[random.below(steps.length)] as Step, key, 0)] : [];
    await Promise.all([this.take(step, key, at), ...others]);
    this.check(`after ${step} of ${key}, killed at ${at}`);
  }

  /** Everything can be discarded and brought back after all of that. */
  async finish(): Promise<void> {
    for (const key of keys) {
      for (const step of ['make', 'keep', 'discard', 'restore'] as const) {
        this.attempt += 1;
        assert.equal(await this.run(step, key, 0), 0, `${step} of ${key} at last`);
        this.check(`after ${step} of ${key} at last`);
      }
    }
  }

  private async take(step: Step, key: string, at: number): Promise<void> {
    this.attempt += 1;
    const code = await this.run(step, key, at);
    if (code === null) this.counts.kills += 1;
    else if (code === 0) this.counts.done += 1;
    else this.counts.refused += 1;
  }

  /** The exit code; null where it was killed. */
  private async run(step: Step, key: string, at: number): Promise<number | null> {
    const program = path.resolve('out/test/support/killed/worktreeStep.js');
    const calls = path.join(this.tools, `calls-${this.attempt}`);
    const child = spawn(
      process.execPath,
      [program, step, this.home, this.workspace, key, String(this.attempt)],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {
          ...process.env,
          PATH: `${this.tools}${path.delimiter}${process.env.PATH}`,
          AT: String(at),
          HOW: this.random.chance(0.5) ? 'before' : 'after',
          CALLS: calls,
        },
      },
    );
    let errors = '';
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    const [code] = (await once(child, 'close')) as [number | null];
    assert.notEqual(code, 2, `${step} of ${key}: ${errors}`);
    return code;
  }

  private writeOwn(): void {
    const name = this.random.chance(0.5) ? 'own' : `mine-${this.own.size}`;
    const text = `mine-text-${this.own.size}-${this.attempt}`;
    fs.appendFileSync(path.join(this.workspace, name), `${text}\n`);
    this.own.set(text, name);
    if (!this.random.chance(0.3)) return;
    this.git('add', name);
    this.staged.add(name);
  }

  /** As an agent does in the worktree: a file of its own, or a line in one of all. Sometimes it commits. */
  private writeTheirs(key: string): void {
    const folder = this.folderOf(key);
    if (folder === null) return;
    const text = `text-${this.theirs.size}-`;
    const name = this.random.chance(0.5) ? `new-${this.theirs.size}` : this.random.chance(0.5) ? 'a' : 'b';
    try {
      fs.appendFileSync(path.join(folder, name), `${text}\n`);
    } catch {
      return;
    }
    this.theirs.add(text);
    this.counts.texts += 1;
    if (this.random.chance(0.3)) {
      gitIn(folder, 'add', '.');
      gitIn(folder, 'commit', '-q', '-m', text);
    }
  }

  private check(when: string): void {
    const refs = this.git('for-each-ref', '--format=%(objectname)', 'refs/sparkq', 'refs/heads').split('\n');
    const kept = new Set(this.git('grep', '-h', 'text-', ...new Set(refs)).split('\n'));
    for (const key of keys) {
      const folder = this.folderOf(key);
      for (const name of folder === null ? [] : fs.readdirSync(folder))
        if (name !== '.git')
          for (const line of fs.readFileSync(path.join(folder ?? '', name), 'utf8').split('\n'))
            kept.add(line);
    }
    for (const text of this.theirs) assert.ok(kept.has(text), `${text} is lost ${when}`);
    for (const [text, name] of this.own) {
      const lines = fs.readFileSync(path.join(this.workspace, name), 'utf8').split('\n');
      assert.ok(lines.includes(text), `${text} of ${name} is lost ${when}`);
    }
    const index = new Set(this.git('ls-files').split('\n'));
    for (const name of this.staged) assert.ok(index.has(name), `${name} is not staged any more ${when}`);
  }

  private key(): string {
    return keys[this.random.below(keys.length)] as string;
  }

  /** Where the worktree of a task is, made or still being made; null for none. */
  private folderOf(key: string): string | null {
    const root = path.join(this.home, 'worktrees');
    const [repository] = fs.existsSync(root) ? fs.readdirSync(root) : [];
    const folder = repository && path.join(root, repository, key);
    if (!folder || !fs.existsSync(path.join(folder, '.git'))) return null;
    const record = JSON.parse(fs.readFileSync(`${folder}.json`, 'utf8')) as { state: string };
    return record.state === 'made' ? folder : null;
  }

  private git(...args: string[]): string {
    return gitIn(this.workspace, ...args);
  }
}
