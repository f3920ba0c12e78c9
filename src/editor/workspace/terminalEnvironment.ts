/** The environment of a new terminal, as far as VS Code tells. Pure. */

import { callerEnvironment, mergeVariables, variableOf, withoutVariables } from '../../system/environment';
import { looksSecret } from '../../system/secretValues';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a command that is queued here stores with its task: what decides which programs it finds, and what the setting
 * `terminal.integrated.env.<platform>` adds, without anything that looks like a secret.
 * @param own of VS Code
 * @param configured the setting; null removes a variable
 * @param folder what `${workspaceFolder}` stands for
 */
export function terminalEnvironment(
  own: Environment,
  configured: Readonly<Record<string, unknown>>,
  folder: string,
): Record<string, string> {
  let env = callerEnvironment(own);
  for (const [name, value] of Object.entries(configured)) {
    if (value === null) env = withoutVariables(env, [name]);
    const text = typeof value === 'string' ? resolved(value, own, folder) : null;
    if (text !== null && !looksSecret(name, text)) env = mergeVariables(env, { [name]: text });
  }
  return env;
}

/** Null where a variable of VS Code stands in it that only VS Code can fill in. */
function resolved(value: string, own: Environment, folder: string): string | null {
  const text = value
    .replace(/\$\{workspaceFolder\}/g, () => folder)
    .replace(/\$\{env:([^}]+)\}/g, (_, name: string) => variableOf(own, name) ?? '');
  return /\$\{/.test(text) ? null : text;
}
