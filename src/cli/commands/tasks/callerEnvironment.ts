/** The variables that `sparkq add` stores with a task. */

import { databaseVariable } from '../../../config/databaseUrl';
import { invalid } from '../../../core/refusals';
import { isRepositoryVariable } from '../../../runner/git/repositoryVariables';
import { callerEnvironment, variableKey, variableOf } from '../../../system/environment';
import { looksSecret } from '../../../system/secretValues';

/**
 * What decides which programs the caller's terminal finds, and the variables that the caller names.
 * @param named `NAME` for the value that it has here, or `NAME=VALUE`
 * @param confirm asks a question; null where nobody is there to answer
 * @throws QueueError `invalid_field` for a variable that is not set, is withheld from every run, or looks like a secret
 *   that nobody has agreed to store
 */
export async function environmentOfCaller(
  env: NodeJS.ProcessEnv,
  named: readonly string[],
  confirm: (question: string) => Promise<boolean | null>,
): Promise<Record<string, string>> {
  const found = callerEnvironment(env);
  for (const text of named) {
    const [name, value] = variableIn(text, env);
    if (looksSecret(name, value)) await confirmSecret(name, confirm);
    found[name] = value;
  }
  return found;
}

function variableIn(text: string, env: NodeJS.ProcessEnv): [name: string, value: string] {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text.trim() : text.slice(0, equals).trim();
  if (!/^[^=\s\0]+$/.test(name)) throw invalid('env', text, 'Provide NAME or NAME=VALUE.');
  if (equals >= 0) return [name, text.slice(equals + 1)];
  if (['SPARKQ_TOKEN', databaseVariable].includes(variableKey(name)) || isRepositoryVariable(name))
    throw invalid('env', name, 'No run gets that variable from here. Give another value with NAME=VALUE.');
  const value = variableOf(env, name);
  if (value === undefined) throw invalid('env', name, 'It is not set here. Give a value with NAME=VALUE.');
  return [name, value];
}

async function confirmSecret(
  name: string,
  confirm: (question: string) => Promise<boolean | null>,
): Promise<void> {
  const answer = await confirm(
    `${name} looks like a secret. It would be stored with the task, and shown on its page. Store it?`,
  );
  if (answer === true) return;
  throw invalid(
    'env',
    name,
    answer === null
      ? 'It looks like a secret, which is stored only after a question on a terminal. Let the command read it from a file.'
      : 'Let the command read the secret from a file.',
  );
}
