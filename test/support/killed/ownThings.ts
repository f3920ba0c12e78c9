/** A repository of a person's own, with all that must stay as it is whatever happens to worktrees of ours. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { gitIn } from '../git';
import type { Random } from '../random';

export class OwnThings {
  readonly workspace: string;
  readonly gitIn = gitIn;
  private readonly other: string;
  /** Texts by file. */
  private readonly texts = new Map<string, string>();
  /** Blobs by file. */
  private readonly staged = new Map<string, string>();
  private readonly steady: string;

  constructor(
    place: string,
    private readonly random: Random,
  ) {
    this.workspace = path.join(place, 'work');
    this.other = path.join(place, 'other');
    fs.mkdirSync(this.workspace);
    this.git('init', '-q', '-b', 'main');
    this.git('config', 'user.name', 'Person');
    this.git('config', 'user.email', 'person@example.com');
    for (const name of ['a', 'b', 'own', 'ran']) this.append(name, 'text-first');
    this.git('add', '.');
    this.git('commit', '-q', '-m', 'first');
    this.append('own', 'stashed');
    this.git('stash', '-q');
    this.git('tag', 'mine');
    this.git('worktree', 'add', '-q', '-b', 'other', this.other);
    fs.writeFileSync(path.join(this.other, 'own'), 'changed\n');
    this.steady = this.steadyThings();
  }

  git(...args: string[]): string {
    return gitIn(this.workspace, ...args);
  }

  append(name: string, text: string): void {
    fs.appendFileSync(path.join(this.workspace, name), `${text}\n`);
  }

  /** A text in a file; sometimes it is staged. */
  write(name = this.random.chance(0.5) ? 'own' : `mine-${this.texts.size}`): void {
    const text = `mine-text-${this.texts.size}`;
    this.append(name, text);
    this.texts.set(text, name);
    if (!this.random.chance(0.3)) return;
    this.git('add', name);
    this.staged.set(name, this.git('rev-parse', `:${name}`));
  }

  /** What is staged, while others are at work: they may be in the way, as git says then. */
  async commit(): Promise<void> {
    const child = spawn('git', ['commit', '-q', '-m', 'mine'], { cwd: this.workspace, stdio: 'ignore' });
    await once(child, 'close');
  }

  commitAll(): void {
    this.git('add', '-A');
    this.git('commit', '-q', '--allow-empty', '-m', 'mine');
    for (const name of this.staged.keys()) this.staged.set(name, this.git('rev-parse', `:${name}`));
  }

  /** Cancels a merge that has left conflicts. */
  settle(): void {
    const isMerging = fs.existsSync(path.join(this.workspace, '.git/MERGE_HEAD'));
    // Git was killed between the one and the other.
    if (isMerging || this.git('ls-files', '--unmerged') !== '') this.git('reset', '-q', '--merge');
  }

  /** As git asks a person to, where it was killed. Locks of refs of ours are not theirs to remove. */
  removeLocks(): void {
    const common = path.join(this.workspace, '.git');
    for (const name of fs.readdirSync(common, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.lock') && !/sparkq|tsk_/.test(name))
        fs.rmSync(path.join(common, name), { force: true });
  }

  /** @param refs commits by name */
  check(when: string, refs: ReadonlyMap<string, string>): void {
    for (const [text, name] of this.texts) {
      const lines = fs.readFileSync(path.join(this.workspace, name), 'utf8').split('\n');
      assert.ok(lines.includes(text), `${text} of ${name} is lost ${when}`);
    }
    for (const [name, blob] of this.staged)
      assert.equal(this.git('rev-parse', `:${name}`), blob, `${name} is staged ${when}`);
    assert.ok(refs.has('refs/heads/main'), `main is there ${when}`);
    this.git('merge-base', '--is-ancestor', 'mine', 'main');
    assert.equal(this.steadyThings(), this.steady, `what is not ours ${when}`);
  }

  private steadyThings(): string {
    const refs = this.git(
      'for-each-ref',
      '--format=%(refname) %(objectname)',
      'refs/stash',
      'refs/tags',
      'refs/heads/other',
    );
    const [head, config] = ['HEAD', 'config'].map((name) =>
      fs.readFileSync(path.join(this.workspace, '.git', name), 'utf8'),
    );
    const files = fs
      .readdirSync(this.other)
      .map((name) => fs.readFileSync(path.join(this.other, name), 'utf8'));
    return [refs, head, config, ...files, gitIn(this.other, 'status', '--porcelain')].join('\n');
  }
}
