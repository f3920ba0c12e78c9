/** The environment of a script: what it inherits, what is withheld, and what SparkQ adds. */

import { withoutDatabasePassword } from '../../config/databasePlace';
import { mergeVariables, variableKey, withoutVariables } from '../../system/environment';
import { noCurrentFolder } from '../../system/programs';
import { isRepositoryVariable } from '../git/repositoryVariables';
import { proofOf, type RunSpec } from '../runFiles';

/** Inherited even with an allowlist: without them programs of the system are not found or do not start. */
const alwaysInherited = new Set([
  'PATH',
  'HOME',
  'SYSTEMROOT',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
  'TEMP',
  'TMP',
  'TMPDIR',
]);

/**
 * Whether no script inherits a variable, whatever is allowed: those of the editor's own process and those that tie git to
 * a repository would mislead a program, and the token of the queue is its owner's.
 */
function isWithheld(name: string): boolean {
  return (
    /^(ELECTRON_|VSCODE_)/i.test(name) ||
    ['NODE_OPTIONS', 'SPARKQ_TOKEN'].includes(name.toUpperCase()) ||
    isRepositoryVariable(name)
  );
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return (
    alwaysInherited.has(name.toUpperCase()) ||
    allowed.some((entry) => isMeant(variableKey(entry), variableKey(name)))
  );
}

function isMeant(entry: string, name: string): boolean {
  return entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry;
}

/** Identifies an attempt among those of all queues of this machine. */
export type RunIdentity = Pick<RunSpec, 'storage' | 'task' | 'attempt'>;

/** Marks every process of one attempt. The storage is part of it: a restored copy has tasks with the same ids. */
export function markerOf({ storage, task, attempt }: RunIdentity): Record<string, string> {
  return { SPARKQ_STORAGE: storage, SPARKQ_TASK_ID: task, SPARKQ_ATTEMPT: String(attempt) };
}

/** What only the processes of a run have. */
export const variablesOfRuns: readonly string[] = [
  'SPARKQ_TASK_ID',
  'SPARKQ_ATTEMPT',
  'SPARKQ_ORIGIN',
  'SPARKQ_PARENTS',
  'SPARKQ_WORKTREE',
  'SPARKQ_RUN_PROOF',
];

/** The environment of a run's script, started from a process with the environment `inherited`. */
export function childEnv(spec: RunSpec, inherited: NodeJS.ProcessEnv): Record<string, string> {
  // The command line goes by it: what an agent queues there is an agent's.
  const origin: Record<string, string> = spec.agent ? { SPARKQ_ORIGIN: 'agent' } : {};
  const proof = { SPARKQ_RUN_PROOF: proofOf(spec.lease) };
  return scriptEnv(spec, inherited, { ...markerOf(spec), ...origin, ...proof });
}

/** The same of what belongs to no run. @param marker marks every process of it */
export function scriptEnv(
  { env: own, env_allow: allowed, env_omit: omitted = [] }: Pick<RunSpec, 'env' | 'env_allow' | 'env_omit'>,
  inherited: NodeJS.ProcessEnv,
  marker: Readonly<Record<string, string>>,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(withoutVariables(withoutDatabasePassword(inherited), omitted))) {
    if (isWithheld(name)) continue;
    if (allowed === null || isAllowed(name, allowed)) env[name] = value;
  }
  // Python on Windows writes the code page of the console, unless it is told otherwise.
  const usual = process.platform === 'win32' ? { PYTHONUTF8: '1' } : {};
  const set = { PYTHONUNBUFFERED: '1', ...shellLevel(env) };
  return mergeVariables(usual, env, set, noCurrentFolder, own, marker);
}

/**
 * bash takes a standard input that is a socket, as Node.js makes it, for a login over the network, and reads ~/.bashrc,
 * unless the level says that it is below another shell. An editor that a desktop has started is below none.
 */
function shellLevel({ SHLVL: level }: Readonly<Record<string, string>>): Record<string, string> {
  return Number(level) >= 1 ? {} : { SHLVL: '1' };
}
