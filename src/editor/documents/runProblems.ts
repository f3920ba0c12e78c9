import * as path from 'node:path';
import * as vscode from 'vscode';
import { type Config, toolOf } from '../../core/config';
import type { QueueEvent } from '../../core/events';
import type { Log } from '../../core/log';
import type { Task } from '../../core/model';
import type { FoundProblems, PlacedProblem } from '../../runner/problems/outputProblems';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { contributedMatchers } from './contributedMatchers';

/** The problems of one run. */
interface RunProblemsOf {
  /** The same for runs of the same command in the same place. */
  work: string;
  marks: vscode.DiagnosticCollection | undefined;
}

/** Runs whose problems are shown at once; those of the oldest go first. */
const mostRuns = 50;

const severities: Record<PlacedProblem['severity'], vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

/**
 * Shows in the Problems panel what the problem matchers of a task find in the output of its run, once that has ended.
 * The problems go when the same is run or queued again, and when the task is deleted.
 */
export class RunProblems {
  /** By the id of the task, in the order in which they ended. */
  private readonly runs = new Map<string, RunProblemsOf>();
  /** One search at a time. */
  private searching: Promise<void> = Promise.resolve();
  private ended = false;

  /** @param programs the dist folder */
  constructor(
    private readonly workspace: Pick<OpenWorkspace, 'queue' | 'config' | 'storage' | 'folder' | 'runner'>,
    private readonly programs: string,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const unsubscribe = this.workspace.queue.subscribe((event) => this.follow(event));
    return new vscode.Disposable(() => {
      this.ended = true;
      unsubscribe();
      for (const id of [...this.runs.keys()]) this.clear(id);
    });
  }

  private follow({ type, task, task_id: id }: QueueEvent): void {
    if (type === 'task.deleted' && id !== undefined) this.clear(id);
    if (!task) return;
    if (type === 'task.claimed' || type === 'task.requeued') this.clearWork(task);
    if (type === 'task.succeeded' || type === 'task.failed') this.request(task);
  }

  private request(task: Task): void {
    const given = matchersOf(task, this.workspace.config.current());
    if (given === null || task.attempts === 0) return;
    this.clearWork(task);
    const run: RunProblemsOf = { work: workOf(task), marks: undefined };
    this.runs.set(task.id, run);
    for (const id of [...this.runs.keys()].slice(0, -mostRuns)) this.clear(id);
    this.searching = this.searching
      .then(() => this.search(task, run, given))
      .catch((error) => this.log.error(`The output of ${task.id} could not be searched for problems`, error));
  }

  private async search(task: Task, run: RunProblemsOf, given: unknown): Promise<void> {
    if (this.ended || this.runs.get(task.id) !== run) return;
    const { storage, folder, config, runner } = this.workspace;
    const [{ readMatchers }, { searchProblems }] = await Promise.all([
      import('../../scripts/problems/readMatchers'),
      import('../../runner/problems/searchProblems'),
    ]);
    const contributed = contributedMatchers(vscode.extensions.all.map(({ packageJSON }) => packageJSON));
    const { matchers, complaints } = readMatchers(given, contributed);
    for (const complaint of complaints) this.log.warn(`${task.id}: ${complaint}`);
    if (matchers.length === 0) return;
    const found = await searchProblems(this.programs, {
      storage,
      task: task.id,
      attempt: task.attempts,
      matchers,
      workspace: runner.folderOf(task.payload_json),
      folder: path.resolve(folder.uri.fsPath, folderOf(task, config.current())),
    });
    if (found === null) {
      this.log.warn(
        `${task.id}: its problem matchers took too long and were stopped; simplify their patterns.`,
      );
      return;
    }
    if (found.cut) this.log.warn(`${task.id}: only its first ${found.problems.length} problems are shown.`);
    // It may have been queued again or deleted meanwhile.
    if (!this.ended && this.runs.get(task.id) === run) this.show(task.id, run, found);
  }

  private show(id: string, run: RunProblemsOf, { problems }: FoundProblems): void {
    if (problems.length === 0) return;
    run.marks = vscode.languages.createDiagnosticCollection(`sparkq ${id}`);
    const files = new Map<string, vscode.Diagnostic[]>();
    for (const problem of problems) {
      const marks = files.get(problem.file) ?? [];
      marks.push(markOf(problem));
      files.set(problem.file, marks);
    }
    run.marks.set([...files].map(([file, marks]) => [vscode.Uri.file(file), marks]));
  }

  private clearWork(task: Task): void {
    const work = workOf(task);
    for (const [id, run] of [...this.runs]) {
      if (id === task.id || run.work === work) this.clear(id);
    }
  }

  private clear(id: string): void {
    this.runs.get(id)?.marks?.dispose();
    this.runs.delete(id);
  }
}

function workOf({ tool_name, payload }: Task): string {
  return `${tool_name}\n${payload}`;
}

/** Those of the task, else those of its tool; null for none. */
function matchersOf(task: Task, config: Config): unknown {
  return (
    memberOf(task.payload_json, 'problem_matcher') ?? toolOf(config, task.tool_name)?.problem_matcher ?? null
  );
}

/** Where its run starts, relative to the workspace. */
function folderOf(task: Task, config: Config): string {
  const own = memberOf(task.payload_json, 'cwd');
  return typeof own === 'string' ? own : (toolOf(config, task.tool_name)?.cwd ?? '');
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function markOf(problem: PlacedProblem): vscode.Diagnostic {
  const { line, column, endLine, endColumn, message, severity, source, code } = problem;
  const range = new vscode.Range(line - 1, column - 1, endLine - 1, endColumn - 1);
  const mark = new vscode.Diagnostic(range, message, severities[severity]);
  mark.source = source ?? 'SparkQ';
  if (code !== null) mark.code = code;
  return mark;
}
