/** Environment variables by name. Windows ignores the case of names, but an object that lists them does not. */

/** What decides which programs a command finds. A task that a terminal queues brings its own with it. */
export const callerVariables = ['PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX'] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** Those of them that are set. */
export function callerEnvironment(env: Environment): Record<string, string> {
  const found = callerVariables.map((name) => [name, variableOf(env, name)] as const);
  return Object.fromEntries(found.flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** The form in which two names of the same variable are equal. */
export function variableKey(name: string): string {
  return process.platform === 'win32' ? name.toUpperCase() : name;
}

/** The value of a variable; undefined where it is not set. */
export function variableOf(env: Environment, name: string): string | undefined {
  const key = variableKey(name);
  return env[name] ?? Object.entries(env).find(([other]) => variableKey(other) === key)?.[1];
}

/** All variables, each once: what comes later replaces what came before. */
export function mergeVariables(...environments: readonly Environment[]): Record<string, string> {
  const merged = new Map<string, [name: string, value: string]>();
  for (const environment of environments) {
    for (const [name, value] of Object.entries(environment)) {
      if (value !== undefined) merged.set(variableKey(name), [name, value]);
    }
  }
  return Object.fromEntries(merged.values());
}

/** The variables without those of these names. */
export function withoutVariables(env: Environment, names: readonly string[]): Record<string, string> {
  const keys = new Set(names.map(variableKey));
  return mergeVariables(
    Object.fromEntries(Object.entries(env).filter(([name]) => !keys.has(variableKey(name)))),
  );
}
