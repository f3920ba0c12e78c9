/** Variables that a task of somebody else may not set: they decide which program is started, or what code it loads. */

import { CouldNotStart } from './payload';

const names = new Set([
  'PATH',
  'PATHEXT',
  'SHELL',
  'COMSPEC',
  'HOME',
  'ENV',
  'BASH_ENV',
  'ZDOTDIR',
  'SHELLOPTS',
  'PROMPT_COMMAND',
  'IFS',
  'CDPATH',
  'EDITOR',
  'VISUAL',
  'PAGER',
  'BROWSER',
  'CLASSPATH',
  'JAVA_TOOL_OPTIONS',
  '_JAVA_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'MAKEFLAGS',
  'MAKEFILES',
  'RUSTC_WRAPPER',
  'SSH_ASKPASS',
]);
/** Of a family, all: a new program reads a new one. */
const families =
  /^(?:LD_|DYLD_|NODE_|NPM_CONFIG_|PYTHON|PERL5?|RUBY|GEM_|BUNDLE_|GIT_|VIRTUAL_ENV|CONDA_|BASH_FUNC_|GLIBC_|SPARKQ_)/;

/**
 * @param variables of the payload of a task that somebody else has made
 * @throws CouldNotStart for one that it may not set
 */
export function refuseVariables(variables: Readonly<Record<string, string>>, person: string | null): void {
  // Windows reads them in any case.
  const refused = Object.keys(variables).filter((name) => {
    const upper = name.toUpperCase();
    return names.has(upper) || families.test(upper);
  });
  if (refused.length === 0) return;
  throw new CouldNotStart(
    `It is a task of ${person ?? 'somebody else'}, which may not set ${refused.join(', ')} on this host: run it where it was made.`,
  );
}
