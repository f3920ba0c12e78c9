/** The version of this program, and the folder it runs from. */

declare const SPARKQ_VERSION: string;

export const version: string = SPARKQ_VERSION;

/** The folder of the built programs and of sql-wasm.wasm. */
export const programs: string = __dirname;
