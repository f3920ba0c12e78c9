import * as vscode from 'vscode';
import { commentController } from '../../contributions';
import type { Queue } from '../../core/queue';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ask } from '../shared/inputBox';
import { EditorRefusal } from '../shared/refusal';
import { taskIds } from '../shared/targets';
import { showTaskWarnings } from '../shared/taskWarnings';
import type { QueueAccess } from '../workspace/queueAccess';
import { requeueForReview } from '../workspace/requeue';
import { type LineComment, noteOfComments } from './changeNote';
import { type KeptThread, keptIn, toKeep } from './keptComments';

/** What a document is opened for: the change of a file by a task. */
interface Place {
  taskId: string;
  path: string;
}

/** A comment that knows its thread, for its own button. */
class WrittenComment implements vscode.Comment {
  readonly mode = vscode.CommentMode.Preview;
  readonly author = { name: vscode.l10n.t('You') };

  constructor(
    readonly body: string,
    readonly thread: vscode.CommentThread,
  ) {}
}

/** In the workspace state. */
const key = 'changeComments';

/**
 * Comments that a person puts on lines of what a run has changed. They stay, also when the window is closed, until the
 * task is requeued with them or deleted.
 */
export class ChangeComments {
  private controller: vscode.CommentController | undefined;
  /** By the document's address. A file that is there now belongs to the task whose changes were opened last. */
  private readonly places = new Map<string, Place>();
  private readonly threads = new Map<vscode.CommentThread, Place>();
  private readonly changed = new vscode.EventEmitter<string>();
  /** Fires the id of a task whose comments have changed. */
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly access: QueueAccess,
    private readonly memory: vscode.Memento,
  ) {}

  readonly handlers = {
    addComment: (reply) => this.add(reply as vscode.CommentReply),
    deleteComment: (comment) => this.remove(comment),
    requeueWithComments: (...given) => this.requeue(given),
  } satisfies CommandHandlers;

  register(): vscode.Disposable {
    this.restore();
    return vscode.Disposable.from(
      this.changed,
      { dispose: () => this.controller?.dispose() },
      this.onDidChange(() => this.keep()),
      this.access.whileOpen(({ queue }) => {
        const unsubscribe = queue.subscribe(({ type, task_id: taskId }) => {
          if (type === 'task.deleted' && taskId !== undefined) this.forgetTask(taskId);
        });
        return new vscode.Disposable(unsubscribe);
      }),
    );
  }

  /** Puts the comments of an earlier window back on their lines. */
  private restore(): void {
    for (const { taskId, path, document, line, texts } of keptIn(this.memory.get(key))) {
      const uri = vscode.Uri.parse(document);
      this.allowOn(taskId, path, [uri]);
      const thread = this.controller?.createCommentThread(uri, new vscode.Range(line, 0, line, 0), []);
      if (!thread) continue;
      this.threads.set(thread, { taskId, path });
      this.fill(
        thread,
        texts.map((text) => new WrittenComment(text, thread)),
      );
    }
  }

  private keep(): void {
    const threads = [...this.threads].map(
      ([{ uri, range, comments }, { taskId, path }]): KeptThread => ({
        taskId,
        path,
        document: uri.toString(),
        line: range?.start.line ?? 0,
        texts: comments.map(textOf),
      }),
    );
    void this.memory.update(key, threads.length > 0 ? toKeep(threads) : undefined);
  }

  /** From now on, lines of these documents can be commented on. */
  allowOn(taskId: string, path: string, documents: readonly (vscode.Uri | undefined)[]): void {
    this.controller ??= this.makeController();
    for (const document of documents) if (document) this.places.set(document.toString(), { taskId, path });
  }

  countOf(taskId: string): number {
    return this.of(taskId).length;
  }

  private makeController(): vscode.CommentController {
    const controller = vscode.comments.createCommentController(commentController, vscode.l10n.t('SparkQ'));
    controller.options = { placeHolder: vscode.l10n.t('What should the next run do better here?') };
    controller.commentingRangeProvider = {
      provideCommentingRanges: ({ uri, lineCount }) =>
        this.places.has(uri.toString()) ? [new vscode.Range(0, 0, Math.max(0, lineCount - 1), 0)] : [],
    };
    return controller;
  }

  private add({ thread, text }: vscode.CommentReply): void {
    const place = this.threads.get(thread) ?? this.places.get(thread.uri.toString());
    if (!place || text.trim() === '') return;
    this.threads.set(thread, place);
    this.fill(thread, [...thread.comments, new WrittenComment(text, thread)]);
    this.changed.fire(place.taskId);
  }

  private fill(thread: vscode.CommentThread, comments: readonly vscode.Comment[]): void {
    thread.comments = comments;
    thread.label = vscode.l10n.t('For the next run');
  }

  private remove(comment: unknown): void {
    if (!(comment instanceof WrittenComment)) return;
    const { thread } = comment;
    thread.comments = thread.comments.filter((other) => other !== comment);
    const place = this.threads.get(thread);
    if (thread.comments.length === 0) this.forget(thread);
    if (place) this.changed.fire(place.taskId);
  }

  private forget(thread: vscode.CommentThread): void {
    this.threads.delete(thread);
    thread.dispose();
  }

  /** Queues a copy with the comments as its note, and marks the task as reviewed. */
  private async requeue(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const taskId = this.taskOf(given);
    const comments = taskId === undefined ? [] : this.of(taskId);
    if (taskId === undefined || comments.length === 0) {
      throw new EditorRefusal(
        vscode.l10n.t(
          'There are no comments: open what the task has changed from its page, and put some on its lines.',
        ),
      );
    }
    await this.requeueTask(queue, taskId, comments);
    this.forgetTask(taskId);
  }

  private forgetTask(taskId: string): void {
    if (this.countOf(taskId) === 0) return;
    for (const [thread, place] of [...this.threads]) if (place.taskId === taskId) this.forget(thread);
    this.changed.fire(taskId);
  }

  private async requeueTask(queue: Queue, taskId: string, comments: readonly LineComment[]): Promise<void> {
    const text = await ask({
      title: vscode.l10n.t('Requeue with Comments'),
      prompt: vscode.l10n.t(
        'What else should the next run do better? It comes before the {0} comments. Optional.',
        comments.length,
      ),
    });
    showTaskWarnings(queue, [await requeueForReview(queue, taskId, noteOfComments(text, comments))]);
  }

  /** The given task, that of the given thread, or the only one that has comments. */
  private taskOf(given: readonly unknown[]): string | undefined {
    const [target] = given;
    const ofThread = [...this.threads].find(([thread]) => thread === target)?.[1].taskId;
    const commented = [...new Set([...this.threads.values()].map(({ taskId }) => taskId))];
    return taskIds(target)[0] ?? ofThread ?? (commented.length === 1 ? commented[0] : undefined);
  }

  private of(taskId: string): LineComment[] {
    return [...this.threads].flatMap(([thread, place]) =>
      place.taskId === taskId
        ? thread.comments.map((comment) => ({
            path: place.path,
            line: (thread.range?.start.line ?? 0) + 1,
            text: textOf(comment),
          }))
        : [],
    );
  }
}

function textOf({ body }: vscode.Comment): string {
  return typeof body === 'string' ? body : body.value;
}
