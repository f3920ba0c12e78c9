/** What `sparkq agents setup` does. */

import os from 'node:os';
import type { AgentName } from '../../../agents/agentNames';
import { agents } from '../../../agents/agents';
import { changeLines } from '../../../agents/changeText';
import type { PlannedFile, SetupChange, SetupPlace } from '../../../agents/plan';
import { carryOut, fileOf, planSetup, stateOf } from '../../../agents/setup';
import { startCommand } from '../../../agents/startCommand';
import { realPathOf } from '../../../client/registry';
import { userFolder } from '../../../client/userFolder';
import { messageOf, QueueError } from '../../../core/errors';
import { findOnPath } from '../../../system/programs';
import { folderForQueue } from '../../access/registerFolder';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { writeError } from '../../terminal/streams';
import { offerShim } from './offerShim';

interface Options {
  user?: true | undefined;
  remove?: true | undefined;
  print?: true | undefined;
  check?: true | undefined;
  skill?: true | undefined;
}

export async function setUpAgents(
  context: CommandContext,
  names: readonly AgentName[],
  { user, remove, print, check, skill }: Options,
): Promise<void> {
  const place = placeOf(context, user ? 'user' : 'project');
  if (check) return checkAll(context, place, names);
  const plan = planSetup(place, remove ? { add: [], remove: names } : { add: names, remove: [] }, skill);
  if (print) return printPlan(context, place, plan);
  carryOut(place, plan);
  context.answer({ scope: place.scope, agents: rowsOf(plan) }, describe(plan));
  if (!remove) await warnOfMissingCommand(context);
}

function placeOf(context: CommandContext, scope: SetupPlace['scope']): SetupPlace {
  return {
    scope,
    folder: realPathOf(projectFolder(context)),
    home: os.homedir(),
    env: context.env,
    userFolder: userFolder(context.env),
    start: startCommand(process.platform),
  };
}

/** The folder of the queue, if there is one: an agent that is started there finds it. */
function projectFolder(context: CommandContext): string {
  if (context.workspace !== undefined) return context.workspace;
  try {
    const target = context.find();
    if ('workspace' in target) return target.workspace;
  } catch (error) {
    if (!QueueError.is(error, 'unavailable')) throw error;
  }
  return folderForQueue(process.cwd());
}

interface Row {
  agent: AgentName;
  file: string;
  change: SetupChange;
}

function rowsOf(plan: readonly PlannedFile[]): Row[] {
  return plan.flatMap(({ read: { file }, agents: planned }) =>
    planned.map(({ name, change }) => ({ agent: name, file, change })),
  );
}

const texts: Readonly<Record<SetupChange, (agent: string, file: string) => string>> = {
  written: (agent, file) => `Set up ${agent} in ${file}`,
  present: (agent, file) => `${agent} is already set up in ${file}`,
  removed: (agent, file) => `Removed ${agent} from ${file}`,
  kept: (agent, file) => `Removed ${agent}; another agent uses the entry in ${file}`,
  edited: (agent, file) => `Removed ${agent}; left ${file}, which somebody has changed`,
  absent: (agent, file) => `${agent} is not set up in ${file}`,
};

function describe(plan: readonly PlannedFile[]): string[] {
  return rowsOf(plan).map(({ agent, file, change }) => texts[change](agents[agent].title, file));
}

function printPlan(context: CommandContext, { scope }: SetupPlace, plan: readonly PlannedFile[]): void {
  const files = plan.map(({ read: { file }, after }) => ({ file, text: after }));
  const lines = plan.flatMap(({ read: { file, text }, after }) => {
    const changes = changeLines(text ?? '', after ?? '');
    if (changes.length === 0) return [`${file}: nothing to change`];
    return [`${file}:${after === null ? ' (removed)' : ''}`, ...changes];
  });
  context.answer({ scope, agents: rowsOf(plan), files }, lines);
}

/** Starts the command once: it is the same for all. */
async function checkAll(
  context: CommandContext,
  place: SetupPlace,
  names: readonly AgentName[],
): Promise<void> {
  const { toolsOf } = await import('./agentCheck');
  const states = names.map((name) => ({ name, file: fileOf(place, name), state: stateOf(place, name) }));
  const isAny = states.some(({ state }) => state === 'same');
  const started = isAny ? await attempt(() => toolsOf(place.start, place.folder, context.env)) : null;
  const rows = states.map(({ name, file, state }) => {
    const problem = problemOf(state, started?.problem ?? null);
    return { agent: name, file, problem, tools: problem === null ? (started?.tools ?? []) : [] };
  });
  if (rows.some(({ problem }) => problem !== null)) context.exitCode = exitCodes.refused;
  context.answer(
    { scope: place.scope, agents: rows },
    rows.map(({ agent, file, problem, tools }) => {
      const { title } = agents[agent];
      return problem === null
        ? `${title}: ${tools.length} tools (${tools.join(', ')})`
        : `${title}: ${problem} (${file})`;
    }),
  );
}

/** What somebody else has written is not started: it may be anything. */
function problemOf(state: ReturnType<typeof stateOf>, ofStart: string | null): string | null {
  if (state === 'absent') return 'not set up; run sparkq agents setup';
  if (state === 'different') return 'its entry is not as setup writes it; run sparkq agents setup';
  return ofStart;
}

async function attempt(
  action: () => Promise<string[]>,
): Promise<{ tools: string[]; problem: string | null }> {
  try {
    const tools = await action();
    return { tools, problem: tools.length === 0 ? 'the command that is written offers no tools' : null };
  } catch (error) {
    return { tools: [], problem: `the command that is written does not start: ${messageOf(error)}` };
  }
}

async function warnOfMissingCommand(context: CommandContext): Promise<void> {
  if ((await findOnPath('sparkq', context.env.PATH)) !== null) return;
  writeError('Warning: sparkq is not on PATH, so agents cannot start it\n');
  if (!context.json && (await offerShim(context.env.PATH ?? ''))) return;
  writeError(
    'Suggestion: run "SparkQ: Install Command-Line Tool..." in the editor, then restart the agent\n',
  );
}
