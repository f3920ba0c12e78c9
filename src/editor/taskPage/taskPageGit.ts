import * as vscode from 'vscode';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import type { Attempt, Task } from '../../core/model';
import type { ChangesView } from '../../pages/taskPage/taskPageProtocol';
import { changesBetween, untrackedSince } from '../../runner/git/gitChanges';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { gitHere } from '../workspace/taskFacts';
import { openChange } from './gitFiles';
import { type ComparedCommits, readChanges } from './taskPageChanges';

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
  private list: { files: ChangesView['files']; compared: ComparedCommits | null } = {
    files: [],
    compared: null,
  };

  constructor(
    private readonly workspace: OpenWorkspace,
    private readonly log: Log,
    private readonly show: (changes: ChangesView) => void,
  ) {}

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
    const { files, compared } = this.list;
    const change = files.find((file) => file.path === path);
    if (change && compared) await openChange(this.workspace.folder, change, compared.from, compared.to);
  }

  dispose(): void {
    this.reading.stop();
  }

  private async read(): Promise<void> {
    const { subject } = this;
    if (!subject) return;
    const folder = this.workspace.folder.uri.fsPath;
    const source = {
      changesBetween: changesBetween.bind(undefined, folder),
      untrackedSince: untrackedSince.bind(undefined, folder),
    };
    try {
      const trusted = vscode.workspace.isTrusted;
      const now = await gitHere(this.workspace);
      const { view, compared } = await readChanges({ ...subject, now, trusted }, source, vscode.l10n);
      this.list = { files: view.files, compared };
      this.show(view);
    } catch (error) {
      this.log.error(`The changes since ${subject.task.id} was claimed could not be read`, error);
    }
  }
}
