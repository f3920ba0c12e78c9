/** What `sparkq agents setup` does. */

import os from 'node:os';
import type { AgentName } from '../../../agents/agentNames';
import { agents } from '../../../agents/agents';
import { changeLines } from '../../../agents/changeText';
import { hookCommand } from '../../../agents/hookCommand';
import { hooksStateOf } from '../../../agents/hooks';
import type { InsertState } from '../../../agents/insert';
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
  hooks?: true | undefined;
}

export async function setUpAgents(
  context: CommandContext,
  names: readonly AgentName[],
  { user, remove, print, check, skill, hooks }: Options,
): Promise<void> {
  const place = placeOf(context, user ? 'user' : 'project');
  if (check) return checkAll(context, place, names, hooks);
  const wanted = remove ? { add: [], remove: names } : { add: names, remove: [] };
  const plan = planSetup(place, wanted, skill, hooks);
  const without = hooks && !remove ? names.filter((name) => agents[name].hooks === undefined) : [];
  const notes = without.map((name) => `${agents[name].title}: no hooks known`);
  if (print) return printPlan(context, place, plan, notes);
  carryOut(place, plan);
  const answer = { scope: place.scope, agents: rowsOf(plan), ...(hooks && { without_hooks: without }) };
  context.answer(answer, [...describe(plan), ...notes]);
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

function printPlan(
  context: CommandContext,
  { scope }: SetupPlace,
  plan: readonly PlannedFile[],
  notes: readonly string[],
): void {
  const files = plan.map(({ read: { file }, after }) => ({ file, text: after }));
  const lines = plan.flatMap(({ read: { file, text }, after }) => {
    const changes = changeLines(text ?? '', after ?? '');
    if (changes.length === 0) return [`${file}: nothing to change`];
    return [`${file}:${after === null ? ' (removed)' : ''}`, ...changes];
  });
  context.answer({ scope, agents: rowsOf(plan), files }, [...lines, ...notes]);
}

/** Starts each command once: they are the same for all. @param hooks whether there are to be hooks as well */
async function checkAll(
  context: CommandContext,
  place: SetupPlace,
  names: readonly AgentName[],
  hooks = false,
): Promise<void> {
  const { hookProblem, toolsOf } = await import('./agentCheck');
  const { start, folder } = place;
  const states = names.map((name) => ({ name, file: fileOf(place, name), state: stateOf(place, name) }));
  const isAny = states.some(({ state }) => state === 'same');
  const started = isAny ? await attempt(() => toolsOf(start, folder, context.env)) : null;
  const rows = states.map(({ name, file, state }) => {
    const problem = problemOf(state, started?.problem ?? null, 'sparkq agents setup');
    return { agent: name, file, problem, tools: problem === null ? (started?.tools ?? []) : [] };
  });
  const hookStates = names.flatMap((name) => {
    const found = hooksStateOf(place, name);
    return found !== null && (hooks || found.state !== 'absent') ? [{ name, ...found }] : [];
  });
  const anyHook = hookStates.some(({ state }) => state === 'same');
  const line = hookCommand(start.inShell, 'session-start');
  const ofHook = anyHook ? await hookProblem(line, folder, context.env) : null;
  const hookRows = hookStates.map(({ name, file, state }) => ({
    ...{ agent: name, file },
    problem: problemOf(state, ofHook, 'sparkq agents setup --hooks'),
  }));
  if ([...rows, ...hookRows].some(({ problem }) => problem !== null)) context.exitCode = exitCodes.refused;
  context.answer({ scope: place.scope, agents: rows, hooks: hookRows }, [
    ...rows.map(({ agent, file, problem, tools }) => {
      const { title } = agents[agent];
      return problem === null
        ? `${title}: ${tools.length} tools (${tools.join(', ')})`
        : `${title}: ${problem} (${file})`;
    }),
    ...hookRows.map(({ agent, file, problem }) => {
      const { title } = agents[agent];
      return problem === null ? `${title}: hooks in ${file}` : `${title}, hooks: ${problem} (${file})`;
    }),
  ]);
}

/** What somebody else has written is not started: it may be anything. */
function problemOf(state: InsertState, ofStart: string | null, remedy: string): string | null {
  if (state === 'absent') return `not set up; run ${remedy}`;
  if (state === 'different') return `what is there is not as setup writes it; run ${remedy}`;
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
