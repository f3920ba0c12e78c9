import * as vscode from 'vscode';
import { realPathOf } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import type { ConfigFile } from '../../config/configFile';
import { Confirmations } from '../../config/confirmations';
import { ConfirmedConfig } from '../../config/confirmedConfig';
import { databaseOf, placeAt } from '../../config/databasePlace';
import { textWithDatabase } from '../../config/databaseText';
import { databaseVariable, parseDatabaseUrl, shownUrl } from '../../config/databaseUrl';
import { databasePin } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { CommandHandlers } from '../shared/commandRegistry';
import { databaseSecret } from '../shared/databaseSecret';
import { notify } from '../shared/notify';
import { EditorRefusal, problemOf } from '../shared/refusal';
import { demandTrust } from '../shared/trust';
import type { EditorContext } from '../workspace/editorContext';

/** What the person has given. */
interface Given {
  /** Without the password. */
  url: string;
  schema: string;
  password: string | null;
}

/** Puts the queue of the folder on a PostgreSQL server: in sparkq.yml, but for the password. */
export class ConnectDatabase {
  constructor(private readonly editor: EditorContext) {}

  readonly handlers = {
    connectDatabase: () => this.connect(),
  } satisfies CommandHandlers;

  private async connect(): Promise<void> {
    demandTrust();
    if (process.env[databaseVariable]) {
      throw new EditorRefusal(
        vscode.l10n.t(
          '{0} in the environment of this window says where the queue is. Remove it first.',
          databaseVariable,
        ),
      );
    }
    const { folder, config } = await this.editor.scripts.load();
    await demandSaved(config.file);
    const { url, schema } = config.current().database;
    const inFiles = await this.hasWorkInFiles();
    const given = await this.tested(await askUrl(url ?? ''), schema, folder.uri.fsPath);
    await this.editor.access.reopen(() => this.use(given, folder, config, given.url === url));
    const leftTasks = inFiles
      ? vscode.l10n.t('Tasks that were in its own files stay there: sparkq migrate takes them along.')
      : '';
    const text = vscode.l10n.t('The queue of this folder is on {0} now.', given.url);
    void notify('information', `${text} ${leftTasks}`.trim());
  }

  /** Whether the queue that is open now is in its own files, and not empty. */
  private async hasWorkInFiles(): Promise<boolean> {
    const { queue } = this.editor.access.workspace ?? {};
    if (queue === undefined) return false;
    const { database, stats } = await queue.status();
    return !database && stats.sessions > 0;
  }

  /** Connects once, and asks for the password if the server wants one that nothing has. */
  private async tested(typed: string, schemaNow: string | null, folder: string): Promise<Given> {
    const { password, ...parsed } = parseDatabaseUrl(typed);
    const url = shownUrl({ ...parsed, password: null });
    const given = { url, schema: await askSchema(placeAt(url, schemaNow).schema), password };
    const kept = password ?? (await databaseSecret(this.editor.context, url).get()) ?? null;
    const refusal = await refusalOf({ ...given, password: kept }, folder);
    if (refusal === undefined) return given;
    if (!wantsPassword(refusal)) throw refusal;
    const asked = await askPassword(
      kept === null
        ? vscode.l10n.t('The server wants a password.')
        : vscode.l10n.t('The server refuses the password. Enter another one.'),
    );
    const again = await refusalOf({ ...given, password: asked }, folder);
    if (again !== undefined) throw again;
    return { ...given, password: asked };
  }

  private async use(
    { url, schema, password }: Given,
    folder: vscode.WorkspaceFolder,
    config: ConfigFile,
    sameServer: boolean,
  ): Promise<void> {
    if (password !== null) await databaseSecret(this.editor.context, url).keep(password);
    await writeDatabase(config.file, { url, schema }, sameServer);
    const { log } = this.editor;
    const confirmations = new Confirmations(userFolder(), realPathOf(folder.uri.fsPath));
    const confirmed = new ConfirmedConfig(config, confirmations, { log, trusted: () => true, follow: false });
    try {
      await confirmed.reload();
      // What was clicked is what is used, whatever else the file says by now.
      const place = databaseOf({ ...confirmed.current(), unconfirmed: [] }, {});
      if (place?.url === url && place.schema === schema)
        confirmed.confirm({ [databasePin]: confirmed.pins().pins[databasePin] });
    } finally {
      confirmed.dispose();
    }
  }
}

/** Why the server cannot be used; undefined if it can. */
async function refusalOf({ url, schema, password }: Given, folder: string): Promise<unknown> {
  const { askServer } = await import('../../postgres/health');
  const { health, refusal } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Connecting to {0}…', url) },
    () => askServer({ url, schema, suggested: true, folder, secret: async () => password ?? undefined }),
  );
  if (health === null) return refusal ?? new Error(url);
  if (health.rights !== 'none') return undefined;
  return new EditorRefusal(
    vscode.l10n.t('{0} may neither read a queue in the schema {1} nor make one there.', health.role, schema),
  );
}

/** PostgreSQL's codes for a wrong password, and what the driver says where there is none. */
function wantsPassword(refusal: unknown): boolean {
  if (!QueueError.is(refusal)) return false;
  const cause = refusal.cause as { code?: unknown; message?: unknown } | undefined;
  return cause?.code === '28P01' || /^SASL: .*password must be/.test(String(cause?.message));
}

/** A URL with a password in it is not shown while it is typed. */
function askUrl(value: string): Promise<string> {
  const box = vscode.window.createInputBox();
  box.title = vscode.l10n.t('Connect to PostgreSQL');
  box.prompt = vscode.l10n.t(
    'The server that is to have the queue. A password is kept by VS Code, not in sparkq.yml.',
  );
  box.placeholder = 'postgresql://ann@db.example.com/work';
  box.value = value;
  box.ignoreFocusOut = true;
  const problem = () => problemOf(() => void parseDatabaseUrl(box.value));
  return new Promise<string>((resolve, reject) => {
    box.onDidChangeValue((text) => {
      box.password = /^[a-z]*:\/\/[^@/]*:./i.test(text);
      box.validationMessage = undefined;
    });
    box.onDidAccept(() => {
      box.validationMessage = problem();
      if (box.validationMessage !== undefined) return;
      resolve(box.value.trim());
      box.hide();
    });
    box.onDidHide(() => reject(new vscode.CancellationError()));
    box.show();
  }).finally(() => box.dispose());
}

async function askSchema(value: string): Promise<string> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Connect to PostgreSQL'),
    prompt: vscode.l10n.t('The schema of its tables: each queue in the database has its own.'),
    value,
    ignoreFocusOut: true,
    validateInput: (text) =>
      problemOf(() => void parseDatabaseUrl(`postgresql://h?schema=${encodeURIComponent(text)}`)),
  });
  if (answer === undefined) throw new vscode.CancellationError();
  return answer;
}

async function askPassword(prompt: string): Promise<string> {
  const answer = await vscode.window.showInputBox({
    title: vscode.l10n.t('Connect to PostgreSQL'),
    prompt,
    password: true,
    ignoreFocusOut: true,
  });
  if (answer === undefined) throw new vscode.CancellationError();
  return answer;
}

async function demandSaved(file: string): Promise<void> {
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.fsPath === file);
  if (open?.isDirty) throw new EditorRefusal(vscode.l10n.t('Save sparkq.yml first.'));
}

/** Changes no other line of sparkq.yml. What the file says besides of a former server goes with that. */
async function writeDatabase(
  file: string,
  { url, schema }: Omit<Given, 'password'>,
  sameServer: boolean,
): Promise<void> {
  const uri = vscode.Uri.file(file);
  const before = await vscode.workspace.fs.readFile(uri).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => '',
  );
  const database = { url, ...(schema === placeAt(url, null).schema ? {} : { schema }) };
  const rest = sameServer ? before : textWithDatabase(before, null);
  const text = rest === null ? null : textWithDatabase(rest, database);
  if (text === null) {
    const lines = Object.entries(database).map(([name, value]) => `database.${name}: ${value}`);
    throw new EditorRefusal(vscode.l10n.t('Set {0} in sparkq.yml by hand.', lines.join(', ')));
  }
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
}
