import type * as vscode from 'vscode';
import { SparkQ, type SparkQApi } from './editor/sparkq';

export type { SparkQApi };

let sparkq: SparkQ | undefined;

/** Registers views and commands and returns; an existing queue opens afterwards. */
export function activate(context: vscode.ExtensionContext): SparkQApi {
  sparkq = new SparkQ(context);
  sparkq.start();
  return sparkq.api;
}

export async function deactivate(): Promise<void> {
  await sparkq?.close();
}
