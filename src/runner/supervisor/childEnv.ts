/** The environment of a script: what it inherits, what is withheld, and what SparkQ adds. */

import type { RunSpec } from '../runFiles';

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

/** Whether a variable belongs to the editor's own process, and would mislead a program started from it. */
function isEditorVariable(name: string): boolean {
  return /^(ELECTRON_|VSCODE_)/i.test(name) || name.toUpperCase() === 'NODE_OPTIONS';
}

function isAllowed(name: string, allowed: readonly string[]): boolean {
  return (
    alwaysInherited.has(name.toUpperCase()) ||
    allowed.some((entry) => (entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry))
  );
}

/** Identifies an attempt among those of all queues of this machine. */
export type RunIdentity = Pick<RunSpec, 'storage' | 'task' | 'attempt'>;

/** Marks every process of one attempt. The storage is part of it: a restored copy has tasks with the same ids. */
export function markerOf({ storage, task, attempt }: RunIdentity): Record<string, string> {
  return { SPARKQ_STORAGE: storage, SPARKQ_TASK_ID: task, SPARKQ_ATTEMPT: String(attempt) };
}

/** The environment of a run's script, started from a process with the environment `inherited`. */
export function childEnv(spec: RunSpec, inherited: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = {};
  const allowed = spec.env_allow;
  for (const [name, value] of Object.entries(inherited)) {
    if (value === undefined || isEditorVariable(name)) continue;
    if (allowed === null || isAllowed(name, allowed)) env[name] = value;
  }
  env.PYTHONUNBUFFERED = '1';
  return { ...env, ...spec.env, ...markerOf(spec) };
}
