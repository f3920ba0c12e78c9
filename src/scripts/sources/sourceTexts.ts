/** What is said of sources, in the reader's language. Pure. */

import { english, type Translator } from '../../core/translator';
import { commandText } from '../../system/shellWords';
import type { NamedCommand, SourceName, SourceNote, SourceNoteCode } from './namedCommand';

/** What each source lists. */
const titles: Readonly<Record<SourceName, string>> = {
  npm: 'npm scripts',
  make: 'Make targets',
  just: 'just recipes',
  task: 'Taskfile tasks',
  vscode: 'VS Code tasks',
};

/** Each with the name for `{0}`, and for `{1}` the type or the task that it depends on. */
const sentences: Readonly<Record<SourceNoteCode, string>> = {
  unreadable: 'It could not be read, so nothing in the file is listed.',
  too_large: 'The file is too large to be read.',
  computed: 'The name {0} is computed, so what it stands for is not listed.',
  included: 'What {0} brings in is not listed.',
  other_type: '{0} runs only in VS Code, because an extension runs tasks of type {1}.',
  password: '{0} runs only in VS Code, because it asks for a password, which a queue must not keep.',
  background: '{0} runs only in VS Code, because it is a background task, which does not end.',
  depends_missing: '{0} is left out, because {1}, which it depends on, is not in the file.',
  depends_other: '{0} runs only in VS Code, because {1}, which it depends on, cannot be queued.',
  depends_cycle: '{0} is left out, because {1} depends on itself.',
  depends_many: '{0} runs only in VS Code, because it takes more than 100 tasks.',
};

/** All that is said, in English, with `{0}` and `{1}` for what varies. */
export const sourceSentences: readonly string[] = [...Object.values(titles), ...Object.values(sentences)];

export function sourceTitle(source: SourceName, language: Translator = english): string {
  return language.t(titles[source]);
}

export function noteText({ code, values }: SourceNote, language: Translator = english): string {
  return language.t(sentences[code], values.name ?? '', values.type ?? values.on ?? '');
}

/** A command as it would be typed, with its blanks as they are; of several, their names. */
export function commandLine({
  command,
  blanks,
  chain,
}: Pick<NamedCommand, 'command' | 'blanks' | 'chain'>): string {
  if (chain !== undefined) return chain.map((step) => step.command.name).join(', ');
  if ('line' in command) return command.line;
  const isOpen = (word: string) => blanks.some(({ placeholder }) => word.includes(placeholder));
  return command.argv.map((word) => (isOpen(word) ? word : commandText([word]))).join(' ');
}
