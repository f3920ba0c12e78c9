/** The variables of VS Code in a text: which there are, and who knows their values. Pure. */

import { field, textIn } from './jsonTree';
import type { Blank, Fact } from './namedCommand';

/** Variables whose values follow from the workspace and the system. */
const facts: Readonly<Record<string, Fact>> = {
  workspaceFolder: 'workspace',
  workspaceRoot: 'workspace',
  cwd: 'workspace',
  workspaceFolderBasename: 'workspace_name',
  workspaceRootFolderName: 'workspace_name',
  userHome: 'home',
  pathSeparator: 'separator',
  '/': 'separator',
};

/** Variables that only an editor or a person can fill. Any other `${NAME}` belongs to the shell. */
const known = new RegExp(
  `^(?:${[
    '(?:input|env|config|command|workspaceFolder|extensionInstallFolder):.+',
    'file|fileBasename|fileBasenameNoExtension|fileExtname|fileDirname|fileDirnameBasename',
    'fileWorkspaceFolder|fileWorkspaceFolderBasename|relativeFile|relativeFileDirname',
    'lineNumber|columnNumber|selectedText|execPath|execInstallFolder|defaultBuildTask',
  ].join('|')})$`,
);

/** The blanks in some texts, each once, in the order in which they come. @param inputs the `inputs` of tasks.json */
export function blanksIn(texts: readonly string[], inputs: readonly unknown[]): Blank[] {
  const names = texts.flatMap((text) => [...text.matchAll(/\$\{([^{}]+)\}/g)].map(([, name = '']) => name));
  return [...new Set(names)].flatMap((name) => {
    const fact = Object.hasOwn(facts, name) ? (facts[name] ?? null) : null;
    if (fact === null && !known.test(name)) return [];
    const input = name.startsWith('input:') ? inputOf(name.slice('input:'.length), inputs) : null;
    return [
      {
        placeholder: `\${${name}}`,
        fact,
        description: textIn(field(input, 'description')),
        fallback: textIn(field(input, 'default')),
        choices: choicesOf(field(input, 'options')),
      },
    ];
  });
}

/** Whether what is asked for is not to be shown, and so not to be kept in a queue either. */
export function asksForPassword(blanks: readonly Blank[], inputs: readonly unknown[]): boolean {
  return blanks.some(({ placeholder }) => {
    const id = /^\$\{input:(.+)\}$/.exec(placeholder)?.[1];
    return id !== undefined && field(inputOf(id, inputs), 'password') === true;
  });
}

function inputOf(id: string, inputs: readonly unknown[]): unknown {
  return inputs.find((input) => field(input, 'id') === id);
}

function choicesOf(options: unknown): Blank['choices'] {
  if (!Array.isArray(options)) return null;
  const choices = options.flatMap((option: unknown) => {
    const value = textIn(option) ?? textIn(field(option, 'value'));
    return value === null ? [] : [{ value, label: textIn(field(option, 'label')) ?? value }];
  });
  return choices.length > 0 ? choices : null;
}
