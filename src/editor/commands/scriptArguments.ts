import * as vscode from 'vscode';
import { parseInputs, type ScriptInput } from '../../scripts/inputs';
import type { Script } from '../../scripts/scriptFile';
import { ask } from '../shared/inputBox';

/** Asks for the arguments of a script and remembers the answers. */
export class ScriptArguments {
  constructor(private readonly memory: vscode.Memento) {}

  /**
   * The arguments in the order of the header.
   * @param optional whether to ask for optional ones too
   */
  async askFor(script: Script, title: string, optional: boolean): Promise<string[]> {
    const all = parseInputs(script.inputs);
    const inputs = optional ? all : upToLastRequired(all);
    const key = `arguments:${script.path}`;
    const before = this.memory.get<string[]>(key, []);
    const given: string[] = [];
    for (const [index, input] of inputs.entries()) {
      given.push(
        await ask({
          title: `${title}: ${script.name} (${index + 1}/${inputs.length})`,
          prompt: promptFor(input),
          value: before[index] ?? input.default ?? '',
          problem: (answer) => problemWith(input, answer),
        }),
      );
    }
    // Keeps the optional ones that were not asked for this time.
    if (given.length > 0) await this.memory.update(key, [...given, ...before.slice(given.length)]);
    return given.slice(0, given.findLastIndex((answer) => answer !== '') + 1);
  }
}

/** Arguments are positional, so an optional one before a required one is needed too. */
function upToLastRequired(inputs: readonly ScriptInput[]): ScriptInput[] {
  return inputs.slice(0, inputs.findLastIndex(({ required }) => required) + 1);
}

function promptFor({ name, description, required }: ScriptInput): string {
  const prompt = description ? `${name}: ${description}` : name;
  return required ? prompt : vscode.l10n.t('{0} (optional)', prompt);
}

function problemWith(input: ScriptInput, answer: string): string | undefined {
  if (!input.required || answer.trim() !== '') return undefined;
  return vscode.l10n.t('{0} is required.', input.name);
}
