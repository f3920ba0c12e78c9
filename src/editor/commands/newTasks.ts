import { enqueueBatch } from '../../client/enqueueBatch';
import type { Batch, Stream, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { NewTask, NewTaskOfMany } from '../../core/queue';
import { presentTask } from '../../core/refusals';
import { isMainName, mainName, mainStream } from '../../store/mainStream';
import { type ChosenStream, chosenStream, pickStreamOrNew } from '../pickers/streamPicker';
import { streamIds } from '../shared/targets';
import { showTaskWarnings } from '../shared/taskWarnings';
import type { EditorContext } from '../workspace/editorContext';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { gitHere } from '../workspace/taskFacts';
import { WorkerStart } from './startWorker';

/** The key of the last used stream in the workspace state. */
const lastStreamKey = 'lastStream';

/** A new task without its stream. */
export type Work = Omit<NewTask, 'stream'> & Pick<NewTaskOfMany, 'key'>;

const main: ChosenStream = { name: mainName, skips: true, in: mainStream };

/** Queues what commands of the editor ask for. They ask what to do first, then where, if there is a choice. */
export class NewTasks {
  private readonly workers: WorkerStart;

  constructor(private readonly editor: EditorContext) {
    this.workers = new WorkerStart(editor.context.workspaceState);
  }

  /** The given stream; `main` where there is no other; undefined where a person has to choose. */
  async knownStream(given: unknown): Promise<ChosenStream | undefined> {
    const [streamId] = streamIds(given);
    if (streamId !== undefined) {
      const { queue } = await this.editor.access.demand();
      return chosenStream(await queue.getStream(streamId));
    }
    // This says why there can be no queue here, before anything is asked.
    const present = await this.editor.access.openIfAny();
    const streams = present ? await activeStreams(present) : [];
    return streams.every(({ name }) => isMainName(name)) ? main : undefined;
  }

  /** Asks for a stream, the last used one first. A new one exists only once everything has been asked. */
  async askForStream(title: string): Promise<ChosenStream> {
    const present = await this.editor.access.openIfAny();
    return pickStreamOrNew(present?.queue, { title, preferred: this.lastStream() });
  }

  /**
   * Queues tasks, and has them worked on as far as the person wants that.
   * @param label of the batch that several are
   */
  async add(works: readonly Work[], chosen: ChosenStream, label?: string): Promise<Task[]> {
    const workspace = await this.editor.access.open();
    const stream = await chosen.in(workspace.queue);
    const [first] = works;
    const tasks =
      first === undefined || works.length > 1
        ? (await this.putMany(workspace, stream, works, label)).tasks
        : [await this.put(workspace, stream, first)];
    this.afterwards(workspace, stream, tasks);
    return tasks;
  }

  /** Queues any number of tasks as a batch, as `add`. */
  async addBatch(works: readonly Work[], label: string, chosen: ChosenStream): Promise<Batch> {
    const workspace = await this.editor.access.open();
    const stream = await chosen.in(workspace.queue);
    const { batch, tasks } = await this.putMany(workspace, stream, works, label);
    this.afterwards(workspace, stream, tasks);
    return batch;
  }

  private async putMany(
    workspace: OpenWorkspace,
    stream: Stream,
    works: readonly Work[],
    label?: string,
  ): Promise<{ batch: Batch; tasks: Task[] }> {
    const given = await Promise.all(
      works.map(async (work) => ({ ...work, git: await gitHere(workspace, work.payload) })),
    );
    const { batch, tasks } = await enqueueBatch(workspace.queue, stream, { tasks: given, label });
    await this.editor.context.workspaceState.update(lastStreamKey, stream.id);
    return { batch, tasks: tasks.map(presentTask) };
  }

  /** Says what stands in the way of new tasks, and has them worked on as far as the person wants that. */
  afterwards(workspace: OpenWorkspace, stream: Stream, tasks: Task[]): void {
    showTaskWarnings(workspace.queue, tasks);
    // Not awaited: the question stays open until it is answered.
    void this.editor.commands.run('startWorker', () => this.workers.afterEnqueue(workspace, stream, tasks));
  }

  async put(workspace: OpenWorkspace, stream: Stream, { key: _, ...work }: Work): Promise<Task> {
    const git = await gitHere(workspace, work.payload);
    const { task } = await workspace.queue.enqueue({ ...work, stream: stream.id, git });
    await this.editor.context.workspaceState.update(lastStreamKey, stream.id);
    return presentTask(task);
  }

  /** The last used stream, if it is active; else `main`. */
  async streamForRuns(workspace: OpenWorkspace): Promise<Stream> {
    const last = this.lastStream();
    const streams = await activeStreams(workspace);
    return streams.find(({ id }) => id === last) ?? mainStream(workspace.queue);
  }

  private lastStream(): string | undefined {
    return this.editor.context.workspaceState.get<string>(lastStreamKey);
  }
}

function activeStreams({ queue }: OpenWorkspace): Promise<Stream[]> {
  return everything((page) => queue.listStreams({ ...page, status: 'active' }));
}
