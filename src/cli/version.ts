/** What this program is, as the build made it. */

declare const SPARKQ_VERSION: string;

export const version: string = SPARKQ_VERSION;

/** The folder of the built programs, this one among them, and of sql-wasm.wasm. */
export const programs: string = __dirname;
