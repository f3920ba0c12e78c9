/** The variables by which a program that started us, a git hook for example, ties git to its own repository. */

import { variableKey } from '../../system/environment';

/** What `git rev-parse --local-env-vars` prints, in every version of git. */
const variables = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
]);

/** What `GIT_CONFIG_COUNT` counts. */
const countedSetting = /^GIT_CONFIG_(KEY|VALUE)_\d+$/;

/** Whether a variable ties git to one repository. Those that say how git reaches others, or who commits, do not. */
export function isRepositoryVariable(name: string): boolean {
  const known = variableKey(name);
  return variables.has(known) || countedSetting.test(known);
}
