/** Starts the supervisor of a run. */

import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { withoutDatabasePassword } from '../config/databasePlace';
import { fromInstant } from '../core/clock';
import { type Config, isAgentTool, isUnconfirmed, type ToolConfig } from '../core/config';
import { QueueError } from '../core/errors';
import type { Claim, RunParts } from '../core/model';
import { unconfirmedTool } from '../core/refusals';
import { mergeVariables, withoutVariables } from '../system/environment';
import { machineClock } from '../system/machineClock';
import { isTooLongToStartIn } from '../system/paths';
import { replaceFile } from '../system/wholeFiles';
import { type AgentLaunch, agentLaunch } from './agentLaunch';
import { type Command, type CommandRequest, type Conversation, commandFor } from './command/command';
import type { FailedCheck } from './command/failedCheck';
import type { Parent } from './command/parents';
import { PayloadFiles } from './command/payloadFiles';
import { changedParts, type PinnedFile, pinsOfRun } from './command/plannedRun';
import type { RunFolders } from './command/workspacePaths';
import { refOf } from './liveness';
import { pinnedCheck } from './pinnedCheck';
import {
  type CheckCall,
  type RunAccount,
  type RunPaths,
  type RunPlace,
  type RunResources,
  type RunSpec,
  runPaths,
} from './runFiles';
import { variablesOfRuns } from './supervisor/childEnv';

export interface LaunchFolders extends RunFolders {
  /** The folder of supervise.js. */
  programs: string;
}

/** What a run is told of others. */
export interface Told {
  /** What its task came after. */
  parents?: readonly Parent[];
  /** Why it is tried again. */
  failedCheck?: FailedCheck | null;
  /** Whether somebody else than the person of this host has made it. */
  foreign?: boolean;
}

/** Both throw as `launch` does. */
export interface Places {
  /** Finds or makes where a run works. */
  placeOf(): Promise<RunPlace | null>;
  /** Prepares that, if nobody has. */
  setUp(place: RunPlace | null): Promise<void>;
}

/**
 * Writes the specification of a claimed task's run and starts its supervisor, which outlives this process.
 * @param claim its task with the tool that runs it
 * @param resources what it holds of the machine
 * @param account whose limits it shares
 * @param told what the task is told of other runs
 * @param prepare does what has to be done there before the script can change anything; never rejects
 * @throws CouldNotStart when the task cannot be started; ChangedSinceApproval; QueueError `not_ready` when nobody has
 *   confirmed its tool, or the program that supervises runs is gone
 */
export async function launch(
  claim: Claim,
  config: Config,
  given: LaunchFolders,
  { placeOf, setUp }: Places,
  prepare: (paths: RunPaths, place: RunPlace | null) => Promise<void>,
  resources: RunResources | null = null,
  account: RunAccount | null = null,
  { parents = [], failedCheck = null, foreign = false }: Told = {},
): Promise<ChildProcess> {
  const { task, stream } = claim;
  // Whoever claimed it: the command that would be started is the one that was not confirmed.
  if (isUnconfirmed(config, task.tool_name)) throw unconfirmedTool(task.id, task.tool_name);
  if (!canSupervise(given.programs)) {
    throw new QueueError(
      'not_ready',
      `Task ${task.id} was not started: ${given.programs} has no supervisor now`,
    );
  }
  const paths = runPaths(given.storage, task.id, task.attempts);
  fs.mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
  // Written first: other processes must not think that a run about to start is abandoned.
  writeKeeper(paths);
  const tool = config.tools[task.tool_name];
  const place = await placeOf();
  const folders = place?.kind === 'worktree' ? { ...given, worktree: place } : given;
  const prepared = prepare(paths, place);
  // A refusal waits as well: whoever hears of it removes the files of the run.
  const request = { task, stream, tool, folders, parents, failedCheck, foreign };
  const { command, pinned, check, ...agent } = await startOf(claim, request, folders.programs).finally(
    () => prepared,
  );
  // Not before it is known that this is what was approved.
  await setUp(place);
  const limit = fromInstant(claim.deadline) - fromInstant(task.started_at ?? claim.deadline);
  const deadline = machineClock.monotonic() + limit;
  if (parents.length > 0) replaceFile(paths.parents, JSON.stringify(parents, null, 2));
  const known: Record<string, string> = parents.length > 0 ? { SPARKQ_PARENTS: paths.parents } : {};
  const full = { ...command, env: mergeVariables(command.env, known), check };
  const spec: RunSpec = {
    ...specOf(claim, full, tool, config, folders),
    ...agent,
    deadline,
    place,
    pinned,
    resources,
    account,
  };
  replaceFile(paths.spec, JSON.stringify(spec));
  return startSupervisor(paths, folders, config.database.url !== null);
}

/** What would start is not what a person approved. */
export class ChangedSinceApproval extends Error {
  override readonly name = 'ChangedSinceApproval';

  /** @param changes names of `RunParts` */
  constructor(readonly changes: readonly string[]) {
    super(`Changed since it was approved: ${changes.join(', ')}`);
  }
}

/** The command, and the files that the supervisor is to look at again, right before it starts that. */
async function startOf(
  { approved, resume }: Claim,
  request: CommandRequest,
  programs: string,
): Promise<AgentLaunch & { pinned: PinnedFile[]; check: CheckCall | null }> {
  const files = new PayloadFiles(request.folders);
  const pinned = approved === null ? [] : await approvedFiles(approved, request, files);
  const { tool } = request;
  const commandOf = (conversation?: Conversation) => commandFor({ ...request, conversation }, files);
  const started = tool?.agent
    ? await agentLaunch(tool.agent, tool, resume, programs, commandOf)
    : { command: await commandOf(), agent_run: null, afresh: null };
  const check = await pinnedCheck(started.command, request, approved !== null, files);
  return { ...started, pinned, check };
}

/** @throws ChangedSinceApproval */
async function approvedFiles(
  approved: RunParts,
  request: CommandRequest,
  found: PayloadFiles,
): Promise<PinnedFile[]> {
  const { parts, files } = await pinsOfRun(request, found);
  const changes = changedParts(approved, parts);
  if (changes.length > 0) throw new ChangedSinceApproval(changes);
  return files;
}

/** False once an update or the uninstallation of the extension has removed the programs of this process. */
export function canSupervise(programs: string): boolean {
  return fs.existsSync(supervisorIn(programs));
}

function supervisorIn(programs: string): string {
  return path.join(programs, 'supervise.js');
}

/** Records that this process looks after the run. */
export function writeKeeper(paths: RunPaths): void {
  replaceFile(paths.keeper, JSON.stringify(refOf(process.pid)));
}

function specOf(
  claim: Claim,
  command: Command,
  tool: ToolConfig | undefined,
  config: Config,
  folders: LaunchFolders,
): Omit<RunSpec, 'deadline' | 'place' | 'pinned' | 'resources' | 'account' | 'agent_run' | 'afresh'> {
  const { task } = claim;
  return {
    ...command,
    task: task.id,
    attempt: task.attempts,
    stream: claim.stream.name,
    storage: folders.storage,
    env_allow: tool?.env_allow ?? null,
    agent: isAgentTool(config, task.tool_name),
    output_limit: config.runner.output_limit,
    kill_grace_ms: config.runner.kill_grace_ms,
    leave_background: tool?.leave_background ?? false,
    nice: tool?.nice ?? null,
    memory_max: tool?.memory_max ?? null,
    lease: claim.lease,
    stand_in: claim.stand_in,
    limited_pattern: tool?.limited_pattern ?? null,
  };
}

function startSupervisor(paths: RunPaths, folders: LaunchFolders, onServer: boolean): ChildProcess {
  const supervisor = spawn(process.execPath, [supervisorIn(folders.programs), paths.spec], {
    cwd: isTooLongToStartIn(folders.storage) ? os.tmpdir() : folders.storage,
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
    env: supervisorEnv(process.env, onServer),
  });
  supervisor.unref();
  return supervisor;
}

/**
 * The environment of the supervisor, and of the script through it. A runner inside a run passes on no marker of it. The
 * token and the password of a server go to no process of a run: a script can read the environment of its supervisor.
 */
function supervisorEnv(own: NodeJS.ProcessEnv, onServer: boolean): NodeJS.ProcessEnv {
  const kept = withoutVariables(withoutDatabasePassword(own, onServer), [
    'NODE_OPTIONS',
    'SPARKQ_TOKEN',
    ...variablesOfRuns,
  ]);
  return mergeVariables(kept, { ELECTRON_RUN_AS_NODE: '1' });
}
