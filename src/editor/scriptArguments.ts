import * as vscode from 'vscode';
import { parseInputs, type ScriptInput } from '../scripts/inputs';
import type { Script } from '../scripts/scriptFile';
import { ask } from './prompts';

/** Asks for the arguments that a script cannot do without, and remembers the answers. */
export class ScriptArguments {
  constructor(private readonly memory: vscode.Memento) {}

  /** The arguments of a run in the order of the header; none is asked for where none is required. */
  async askFor(script: Script, title: string): Promise<string[]> {
    const inputs = upToLastRequired(parseInputs(script.inputs));
    const key = `arguments:${script.path}`;
    const before = this.memory.get<string[]>(key, []);
    const given: string[] = [];
    for (const [index, input] of inputs.entries()) {
      given.push(
        await ask({
          title: `${title}: ${script.name} (${index + 1}/${inputs.length})`,
          prompt: input.description ? `${input.name}: ${input.description}` : input.name,
          value: before[index] ?? input.default ?? '',
          problem: (answer) => problemWith(input, answer),
        }),
      );
    }
    if (given.length > 0) await this.memory.update(key, given);
    return given;
  }
}

/** Arguments go by place: an optional one before a required one must be given as well. */
function upToLastRequired(inputs: readonly ScriptInput[]): ScriptInput[] {
  return inputs.slice(0, inputs.findLastIndex(({ required }) => required) + 1);
}

function problemWith(input: ScriptInput, answer: string): string | undefined {
  if (!input.required || answer.trim() !== '') return undefined;
  return vscode.l10n.t('{0} is required.', input.name);
}
