import * as vscode from 'vscode';
import { proposalsAt } from '../../config/completion';
import type { JsonSchema } from '../../config/jsonSchema';

/** Completes and describes these files after their schema as well, by `yamlValidation` of package.json. */
const yamlExtension = 'redhat.vscode-yaml';

/** Completes keys and values of `sparkq.yml`, where no extension for YAML does. */
export class ConfigCompletion implements vscode.CompletionItemProvider {
  private schema: JsonSchema | undefined;

  constructor(private readonly extension: vscode.Uri) {}

  register(): vscode.Disposable {
    return vscode.languages.registerCompletionItemProvider({ pattern: '**/sparkq.yml' }, this, ' ');
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    { line, character }: vscode.Position,
  ): Promise<vscode.CompletionItem[]> {
    if (vscode.extensions.getExtension(yamlExtension)) return [];
    this.schema ??= await readSchema(this.extension);
    const lines = document.getText().split(/\r?\n/);
    const word = /[\w.-]*$/.exec((lines[line] ?? '').slice(0, character))?.[0] ?? '';
    const range = new vscode.Range(line, character - word.length, line, character);
    return proposalsAt(this.schema, lines, line, character).map(({ kind, label, text, description }) => {
      const { Property, Value } = vscode.CompletionItemKind;
      const item = new vscode.CompletionItem(label, kind === 'key' ? Property : Value);
      item.insertText = text;
      item.keepWhitespace = true;
      item.documentation = description;
      item.range = range;
      return item;
    });
  }
}

async function readSchema(extension: vscode.Uri): Promise<JsonSchema> {
  const file = vscode.Uri.joinPath(extension, 'media', 'sparkq.schema.json');
  return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file))) as JsonSchema;
}
