import type { LateCommand } from '../../contributions';
import type { OutputDocuments } from '../documents/outputDocuments';
import type { PayloadFiles } from '../documents/payloadFiles';
import type { PlanDocuments } from '../documents/planDocuments';
import type { RunTerminals } from '../documents/runTerminals';
import type { CommandHandlers } from '../shared/commandRegistry';
import type { QueueTree } from '../views/queue/queueTree';
import type { ReviewTree } from '../views/review/reviewTree';
import type { EditorContext } from '../workspace/editorContext';
import { AgentCommands } from './agentCommands';
import { ApprovalCommands } from './approvalCommands';
import { BatchCommands } from './batches/batchCommands';
import { PlanCommands } from './batches/planCommands';
import { ClaimCommands } from './claimCommands';
import { ConnectDatabase } from './connectDatabase';
import { DeleteCommands } from './deleteCommands';
import { DuplicateCommands } from './duplicateCommands';
import { EnqueueCommands } from './enqueueCommands';
import { MoveCommands } from './moveCommands';
import { MoveQueue } from './moveQueue';
import { NewTasks } from './newTasks';
import { PlainCommands } from './plainCommands';
import { QuestionCommands } from './questionCommands';
import { QueueCommands } from './queueCommands';
import { ReviewCommands } from './reviewCommands';
import { RunCommands } from './runCommands';
import { SampleWorkspace } from './sampleWorkspace';
import { ScheduleCommands } from './scheduleCommands';
import { ScriptCommands } from './scriptCommands';
import { SearchCommands } from './searchCommands';
import { DoneCommands } from './streams/doneCommands';
import { EmptyLanes } from './streams/emptyLanes';
import { EndCommands } from './streams/endCommands';
import { RenameCommands } from './streams/renameCommands';
import { StreamCommands } from './streams/streamCommands';
import { TaskCommands } from './taskCommands';
import { UndoCommands } from './worktrees/undoCommands';
import { WorktreeCommands } from './worktrees/worktreeCommands';

export interface Trees {
  queueTree: QueueTree;
  reviewTree: ReviewTree;
}

export interface Documents {
  outputs: OutputDocuments;
  payloads: PayloadFiles;
  plans: PlanDocuments;
  terminals: RunTerminals;
}

/** All commands that belong to no feature. */
export function otherCommands(
  editor: EditorContext,
  { queueTree, reviewTree }: Trees,
  { outputs, payloads, plans, terminals }: Documents,
): Required<Pick<CommandHandlers, LateCommand>> {
  const { access, context, scripts, shelf } = editor;
  const newTasks = new NewTasks(editor);
  const plainCommands = new PlainCommands(context.workspaceState, newTasks);
  const enqueueCommands = new EnqueueCommands(editor, newTasks, plainCommands);
  return {
    ...new QueueCommands(editor, queueTree, reviewTree).handlers,
    ...new AgentCommands().handlers,
    ...new SampleWorkspace(context.extensionUri).handlers,
    ...new StreamCommands(access).handlers,
    ...new EndCommands(access).handlers,
    ...new RenameCommands(access).handlers,
    ...new EmptyLanes(access).handlers,
    ...new DoneCommands(access).handlers,
    ...new TaskCommands(access, outputs, payloads, terminals).handlers,
    ...new ClaimCommands(access).handlers,
    ...new ConnectDatabase(editor).handlers,
    ...new RunCommands(access).handlers,
    ...new MoveCommands(access).handlers,
    ...new MoveQueue(access, context.extensionUri).handlers,
    ...new DuplicateCommands(access, payloads).handlers,
    ...new DeleteCommands(access).handlers,
    ...new ApprovalCommands(access, plans).handlers,
    ...new QuestionCommands(access).handlers,
    ...new ReviewCommands(access, reviewTree).handlers,
    ...enqueueCommands.handlers,
    ...plainCommands.handlers,
    ...new ScheduleCommands(access, newTasks, enqueueCommands).handlers,
    ...new BatchCommands(editor, newTasks).handlers,
    ...new PlanCommands(editor, newTasks).handlers,
    ...new WorktreeCommands(access).handlers,
    ...new UndoCommands(access).handlers,
    ...new SearchCommands(access, queueTree).handlers,
    ...new ScriptCommands(scripts, shelf).handlers,
  };
}
