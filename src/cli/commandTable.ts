/** All commands, each in a part of its own: starting one loads no other. */

import type { Command } from '@commander-js/extra-typings';
import type { CommandContext } from './context';

type AddCommand = (program: Command, context: CommandContext) => void;

/** The commands by name, in the groups and the order of `sparkq --help`. */
export const commandGroups: Readonly<Record<string, Readonly<Record<string, () => Promise<AddCommand>>>>> = {
  'Queue:': {
    setup: () => import('./commands/queue/setup').then(({ addSetup }) => addSetup),
    status: () => import('./commands/queue/status').then(({ addStatus }) => addStatus),
    hosts: () => import('./commands/queue/hosts').then(({ addHosts }) => addHosts),
    ps: () => import('./commands/queue/ps').then(({ addPs }) => addPs),
    doctor: () => import('./commands/doctor/doctor').then(({ addDoctor }) => addDoctor),
    trust: () => import('./commands/queue/trust').then(({ addTrust }) => addTrust),
    worktrees: () => import('./commands/queue/worktrees').then(({ addWorktrees }) => addWorktrees),
    digest: () => import('./commands/queue/digest').then(({ addDigest }) => addDigest),
    events: () => import('./commands/queue/events').then(({ addEvents }) => addEvents),
    purge: () => import('./commands/queue/purge').then(({ addPurge }) => addPurge),
    history: () => import('./commands/queue/history').then(({ addHistory }) => addHistory),
    backup: () => import('./commands/queue/backup').then(({ addBackup }) => addBackup),
    restore: () => import('./commands/queue/backup').then(({ addRestore }) => addRestore),
    storage: () => import('./commands/queue/storage').then(({ addStorage }) => addStorage),
  },
  'Sessions and streams:': {
    session: () => import('./commands/streams/session').then(({ addSession }) => addSession),
    stream: () => import('./commands/streams/stream').then(({ addStream }) => addStream),
    pause: () => import('./commands/streams/pause').then(({ addPause }) => addPause),
    resume: () => import('./commands/streams/pause').then(({ addResume }) => addResume),
  },
  'Tasks:': {
    add: () => import('./commands/tasks/add').then(({ addAdd }) => addAdd),
    enqueue: () => import('./commands/tasks/enqueue').then(({ addEnqueue }) => addEnqueue),
    tasks: () => import('./commands/tasks/tasks').then(({ addTasks }) => addTasks),
    task: () => import('./commands/tasks/task').then(({ addTask }) => addTask),
    output: () => import('./commands/tasks/output').then(({ addOutput }) => addOutput),
    wait: () => import('./commands/tasks/wait').then(({ addWait }) => addWait),
    edit: () => import('./commands/tasks/edit').then(({ addEdit }) => addEdit),
    move: () => import('./commands/tasks/move').then(({ addMove }) => addMove),
    park: () => import('./commands/tasks/park').then(({ addPark }) => addPark),
    unpark: () => import('./commands/tasks/park').then(({ addUnpark }) => addUnpark),
    answer: () => import('./commands/tasks/answer').then(({ addAnswer }) => addAnswer),
    approve: () => import('./commands/tasks/approve').then(({ addApprove }) => addApprove),
    deny: () => import('./commands/tasks/approve').then(({ addDeny }) => addDeny),
    batch: () => import('./commands/tasks/batch').then(({ addBatch }) => addBatch),
    schedule: () => import('./commands/schedule').then(({ addSchedule }) => addSchedule),
    cancel: () => import('./commands/tasks/cancel').then(({ addCancel }) => addCancel),
    suspend: () => import('./commands/tasks/suspend').then(({ addSuspend }) => addSuspend),
    continue: () => import('./commands/tasks/suspend').then(({ addContinue }) => addContinue),
    signal: () => import('./commands/tasks/suspend').then(({ addSignal }) => addSignal),
    requeue: () => import('./commands/tasks/requeue').then(({ addRequeue }) => addRequeue),
    undo: () => import('./commands/tasks/undo').then(({ addUndo }) => addUndo),
    review: () => import('./commands/tasks/review').then(({ addReview }) => addReview),
    delete: () => import('./commands/tasks/delete').then(({ addDelete }) => addDelete),
    undelete: () => import('./commands/tasks/delete').then(({ addUndelete }) => addUndelete),
  },
  'Workers:': {
    watch: () => import('./commands/workers/watch').then(({ addWatch }) => addWatch),
    peek: () => import('./commands/workers/peek').then(({ addPeek }) => addPeek),
    claim: () => import('./commands/workers/claim').then(({ addClaim }) => addClaim),
    heartbeat: () => import('./commands/workers/heartbeat').then(({ addHeartbeat }) => addHeartbeat),
    ask: () => import('./commands/workers/ask').then(({ addAsk }) => addAsk),
    complete: () => import('./commands/workers/complete').then(({ addComplete }) => addComplete),
    fail: () => import('./commands/workers/fail').then(({ addFail }) => addFail),
    mcp: () => import('./commands/workers/mcp').then(({ addMcp }) => addMcp),
    agents: () => import('./commands/workers/agents').then(({ addAgents }) => addAgents),
  },
  'Server:': {
    up: () => import('./commands/server/up').then(({ addUp }) => addUp),
    down: () => import('./commands/server/up').then(({ addDown }) => addDown),
    service: () => import('./commands/server/service').then(({ addService }) => addService),
    serve: () => import('./commands/server/serve').then(({ addServe }) => addServe),
    run: () => import('./commands/server/serve').then(({ addRun }) => addRun),
    stop: () => import('./commands/server/stop').then(({ addStop }) => addStop),
    reload: () => import('./commands/server/reload').then(({ addReload }) => addReload),
    open: () => import('./commands/server/open').then(({ addOpen }) => addOpen),
  },
  'Other:': {
    scripts: () => import('./commands/scripts').then(({ addScripts }) => addScripts),
    tools: () => import('./commands/tools').then(({ addTools }) => addTools),
    completion: () => import('./commands/completion').then(({ addCompletion }) => addCompletion),
  },
};
