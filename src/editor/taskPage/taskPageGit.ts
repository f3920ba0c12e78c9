import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import { type Attempt, isFinished, type Task } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import type { ChangesView, TaskAction } from '../../pages/taskPage/taskPageProtocol';
import { baselineOf } from '../../runner/git/attemptGit';
import { changesBetween, changesSince } from '../../runner/git/gitChanges';
import { runPaths } from '../../runner/runFiles';
import { placeOfRun } from '../../runner/worktrees/runPlaces';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { gitHere } from '../workspace/taskFacts';
import type { ChangeComments } from './changeComments';
import { waysOf } from './changeWays';
import { openChange, openChanges } from './openChange';
import { type GitSource, readChanges, type ShownChanges } from './taskPageChanges';

interface Subject {
  task: Task;
  attempts: readonly Attempt[];
  attempt: number;
}

/** What changed in git since a task was claimed: read when the task changes, and on request. */
export class TaskPageGit implements vscode.Disposable {
  private readonly reading = new Coalescer(() => this.read());
  private subject: Subject | undefined;
  /** Differs once the task has changed in a way that matters here. */
  private lastFacts = '';
  private shown: ShownChanges | undefined;
  private ways: TaskAction[] = [];
  private readonly commented: vscode.Disposable;

  constructor(
    private readonly workspace: OpenWorkspace,
    private readonly log: Log,
    private readonly show: (changes: ChangesView) => void,
    private readonly comments: ChangeComments,
  ) {
    this.commented = comments.onDidChange((taskId) => {
      if (taskId === this.subject?.task.id) this.post();
    });
  }

  /** Reads what changed, unless nothing that matters has happened to the task. */
  update(task: Task, attempts: readonly Attempt[], attempt: number): void {
    this.subject = { task, attempts, attempt };
    const run = attempts.find(({ number }) => number === attempt);
    const facts = JSON.stringify([attempt, run?.git, run?.git_ended, run?.finished_at, task.status]);
    if (facts === this.lastFacts) return;
    this.lastFacts = facts;
    this.reading.request();
  }

  readAgain(): void {
    this.reading.request();
  }

  /** The page was unloaded: the next one needs everything again. */
  forget(): void {
    this.lastFacts = '';
  }

  /** Opens one of the files that were shown. */
  async open(path: string): Promise<void> {
    const { changes, live = false } = this.shown ?? {};
    const change = changes?.files.find((file) => file.path === path);
    if (!changes || !change) return;
    const documents = await openChange(this.folder, change, { commit: changes.commit, live });
    this.allowComments(path, documents);
  }

  /** Opens all files that were shown in one editor. */
  async openAll(): Promise<void> {
    const { changes, live = false } = this.shown ?? {};
    if (!changes || !this.subject) return;
    const title = vscode.l10n.t('Changes of {0}', nameOfTask(this.subject.task));
    const comparison = { commit: changes.commit, live };
    const opened = await openChanges(this.folder, changes.files, comparison, title);
    for (const { path, left, right } of opened) this.allowComments(path, [left, right]);
  }

  private allowComments(path: string, documents: readonly (vscode.Uri | undefined)[]): void {
    const { task } = this.subject ?? {};
    if (task && isFinished(task)) this.comments.allowOn(task.id, path, documents);
  }

  dispose(): void {
    this.reading.stop();
    this.commented.dispose();
  }

  /** Where the task comes from; while it works in a worktree, that. */
  private get folder(): vscode.Uri {
    const { runner, storage } = this.workspace;
    const { task, attempt } = this.subject ?? {};
    const running = task?.status === 'running' && attempt === task.attempts;
    const worktree = running && baselineOf(runPaths(storage, task.id, attempt).git)?.folder;
    return vscode.Uri.file(worktree || runner.folderOf(task?.payload_json));
  }

  private post(): void {
    const { shown, subject } = this;
    if (!shown || !subject) return;
    this.show({ ...shown.view, comments: this.comments.countOf(subject.task.id), ways: this.ways });
  }

  private async read(): Promise<void> {
    const { subject } = this;
    if (!subject) return;
    const folder = this.folder.fsPath;
    const { task, attempt } = subject;
    const source: GitSource = {
      baseline: () => baselineOf(runPaths(this.workspace.storage, task.id, attempt).git),
      changesBetween: (from, to) => changesBetween(folder, from, to),
      changesSince: (baseline) => changesSince(baseline.folder ?? folder, baseline),
      notes: () => placeOfRun(this.workspace.storage, task.id, attempt)?.notes ?? [],
    };
    try {
      const trusted = vscode.workspace.isTrusted;
      const now = await gitHere(this.workspace, task.payload_json);
      this.ways = await waysOf(task, attempt, folder);
      this.shown = await readChanges({ ...subject, now, trusted }, source, vscode.l10n, vscode.env.language);
      this.post();
    } catch (error) {
      this.log.error(`What ${task.id} changed could not be read`, error);
    }
  }
}
