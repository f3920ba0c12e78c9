/** The environment of a script: what it inherits, what is kept from it, and what SparkQ tells it. */

import type { RunSpec } from '../runFiles';

/** Inherited even with an allowlist: without them a system's own programs are not found or do not start. */
const always = new Set([
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

/** Whether a variable belongs to the editor's own process and would mislead a program started from it. */
function isEditors(name: string): boolean {
  return /^(ELECTRON_|VSCODE_)/i.test(name) || name.toUpperCase() === 'NODE_OPTIONS';
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return (
    always.has(name.toUpperCase()) ||
    allowed.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
  );
}

/** One attempt, among those of all queues of the machine. */
export type RunIdentity = Pick<RunSpec, 'storage' | 'task' | 'attempt'>;

/** What marks every process of one attempt. Its queue belongs to it: a restored copy has tasks of the same ids. */
export function markerOf({ storage, task, attempt }: RunIdentity): Record<string, string> {
  return { SPARKQ_STORAGE: storage, SPARKQ_TASK_ID: task, SPARKQ_ATTEMPT: String(attempt) };
}

/** The environment of the script of `spec`, started from a process whose own is `inherited`. */
export function childEnv(spec: RunSpec, inherited: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = {};
  const allowed = spec.env_allow;
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || isEditors(name)) continue;
    if (allowed === null || isAllowed(name, allowed)) env[name] = value;
  }
  env.PYTHONUNBUFFERED = '1';
  return { ...env, ...spec.env, ...markerOf(spec) };
}
