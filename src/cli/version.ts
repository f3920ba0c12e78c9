/** The version of this program, and the folder it runs from. */

import { statSync } from 'node:fs';

declare const SPARKQ_VERSION: string;

export const version: string = SPARKQ_VERSION;

/** The folder of the built programs and of sql-wasm.wasm. */
export const programs: string = __dirname;

/** Another one for each build of these programs, also of one version. */
export function programsBuild(): string {
  return `${version} ${statSync(__filename).mtimeMs}`;
}
