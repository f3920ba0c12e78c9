import type * as vscode from 'vscode';
import { SparkQ, type SparkQApi } from './editor/sparkq';

export type { SparkQApi };

/** Registers views and commands and returns; a queue that is there is opened afterwards. */
export function activate(context: vscode.ExtensionContext): SparkQApi {
  const sparkq = new SparkQ(context);
  context.subscriptions.push(sparkq);
  sparkq.start();
  return sparkq.api;
}
