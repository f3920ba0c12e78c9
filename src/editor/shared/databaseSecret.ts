import type * as vscode from 'vscode';
import { parseDatabaseUrl, shownUrl } from '../../config/databaseUrl';
import type { Config } from '../../core/config';

/** The password of a server of the queue, as VS Code keeps it for this user. */
export interface DatabaseSecret {
  get(): Thenable<string | undefined>;
  keep(password: string): Thenable<void>;
}

/** @param url without a password */
export function databaseSecret(
  { secrets }: Pick<vscode.ExtensionContext, 'secrets'>,
  url: string,
): DatabaseSecret {
  const key = `sparkq.database ${url}`;
  return { get: () => secrets.get(key), keep: (password) => secrets.store(key, password) };
}

/** The one for the server that sparkq.yml names. */
export async function passwordOf(
  context: Pick<vscode.ExtensionContext, 'secrets'>,
  { url }: Config['database'],
): Promise<string | undefined> {
  return url ? databaseSecret(context, shownUrl(parseDatabaseUrl(url))).get() : undefined;
}
