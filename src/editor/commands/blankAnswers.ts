import * as path from 'node:path';
import * as vscode from 'vscode';
import { relativePath } from '../../scripts/paths';
import { type Blank, idOfNamed, type NamedCommand } from '../../scripts/sources/namedCommand';
import { looksSecret } from '../../system/secretValues';
import { ask } from '../shared/inputBox';
import { confirm } from '../shared/notify';
import { choose } from '../shared/quickPick';

/** Asks for the values that a named command lacks, and remembers the answers. */
export class BlankAnswers {
  constructor(private readonly memory: vscode.Memento) {}

  /**
   * The answers by placeholder. What the editor knows about the open file is offered as an answer.
   * @param folder what `relativeFile` is relative to
   */
  async askFor(named: NamedCommand, folder: string, title: string): Promise<Map<string, string>> {
    const blanks = named.blanks.filter(({ fact }) => fact === null);
    const key = `blanks:${idOfNamed(named)}`;
    const before = this.memory.get<Record<string, string>>(key, {});
    const answers = new Map<string, string>();
    for (const [index, blank] of blanks.entries()) {
      const { placeholder, fallback } = blank;
      const where = `${title}: ${named.name} (${index + 1}/${blanks.length})`;
      const offered = editorValue(placeholder, folder) ?? before[placeholder] ?? fallback ?? '';
      const answer = await askForOne(blank, where, offered);
      if (looksSecret(nameIn(placeholder), answer)) await confirmSecret(placeholder);
      answers.set(placeholder, answer);
    }
    const remembered = [...answers].filter(
      ([placeholder, answer]) => !looksSecret(nameIn(placeholder), answer),
    );
    if (remembered.length > 0) await this.memory.update(key, Object.fromEntries(remembered));
    return answers;
  }
}

async function askForOne(
  { placeholder, description, choices }: Blank,
  title: string,
  offered: string,
): Promise<string> {
  const prompt = description ?? vscode.l10n.t('The value of {0}', placeholder);
  if (choices === null) return ask({ title, prompt, value: offered });
  // The usual answer comes first.
  const sorted = [...choices].sort((a, b) => Number(b.value === offered) - Number(a.value === offered));
  return choose(title, prompt, sorted);
}

/** The name of a variable, without what kind of one it is: TOKEN in `${env:TOKEN}`. */
function nameIn(placeholder: string): string {
  return placeholder.slice(2, -1).replace(/^\w+:/, '');
}

function confirmSecret(placeholder: string): Promise<void> {
  return confirm(
    vscode.l10n.t('The value of {0} looks like a secret. Enqueue it all the same?', placeholder),
    vscode.l10n.t('It is kept with the task in the files of the queue.'),
    vscode.l10n.t('Enqueue'),
  );
}

/** What this window knows; undefined for a variable that it knows nothing about. */
function editorValue(placeholder: string, folder: string): string | undefined {
  const variable = placeholder.slice(2, -1);
  if (variable.startsWith('config:')) {
    const value: unknown = vscode.workspace.getConfiguration().get(variable.slice('config:'.length));
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  }
  if (variable.startsWith('env:')) {
    const value = process.env[nameIn(placeholder)];
    return value === undefined || looksSecret(nameIn(placeholder), value) ? undefined : value;
  }
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== 'file') return undefined;
  const file = editor.document.uri.fsPath;
  const { base, dir, ext, name } = path.parse(file);
  const native = (relative: string | null) => relative?.replaceAll('/', path.sep);
  const values: Record<string, () => string | undefined> = {
    file: () => file,
    fileBasename: () => base,
    fileBasenameNoExtension: () => name,
    fileExtname: () => ext,
    fileDirname: () => dir,
    fileDirnameBasename: () => path.basename(dir),
    relativeFile: () => native(relativePath(folder, file)),
    relativeFileDirname: () => native(relativePath(folder, dir)),
    lineNumber: () => String(editor.selection.active.line + 1),
    columnNumber: () => String(editor.selection.active.character + 1),
    selectedText: () => editor.document.getText(editor.selection),
  };
  return Object.hasOwn(values, variable) ? values[variable]?.() : undefined;
}
