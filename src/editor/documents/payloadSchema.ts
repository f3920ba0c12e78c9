/** The JSON schema of a payload, which VS Code uses to complete and validate it. Pure. */

import { type Config, toolOf } from '../../core/config';
import type { Translator } from '../../core/translator';
import { parseInputs, type ScriptInput } from '../../scripts/inputs';
import type { Script } from '../../scripts/scriptFile';

/**
 * Payloads differ by how a tool takes its input. `other`: the tool has no command here, so nothing is known about it.
 */
export const payloadKinds = ['script', 'prompt', 'arguments', 'argv', 'line', 'other'] as const;
export type PayloadKind = (typeof payloadKinds)[number];

type Schema = Readonly<Record<string, unknown>>;

export function payloadKindOf(config: Config, toolName: string): PayloadKind {
  const tool = toolOf(config, toolName);
  switch (tool?.input) {
    case 'script':
      return 'script';
    case 'prompt-stdin':
    case 'prompt-argument':
      return 'prompt';
    case 'argv':
    case 'line':
      return tool.command ? tool.input : 'other';
    case 'payload-stdin':
      return tool.command ? 'arguments' : 'other';
    default:
      return 'other';
  }
}

/** The schema of a kind of payload. Other keys are valid too: a script may read its payload. */
export function payloadSchema(kind: PayloadKind, scripts: readonly Script[], l10n: Translator): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    properties: propertiesOf(kind, scripts, l10n),
    ...(kind === 'script' ? { allOf: scripts.flatMap((script) => argumentsOf(script, l10n)) } : {}),
  };
}

function propertiesOf(kind: PayloadKind, scripts: readonly Script[], l10n: Translator): Schema {
  const place = {
    cwd: text(l10n.t("Working folder inside the workspace; by default the tool's own")),
    env: {
      type: 'object',
      description: l10n.t("Environment variables, in addition to the tool's"),
      additionalProperties: plain,
    },
  };
  const matcher = {
    description: l10n.t('Problem matcher for the output, such as $tsc, or a list of them'),
    examples: ['$tsc', '$gcc', '$eslint-stylish'],
  };
  const args = { type: 'array', description: l10n.t('Arguments, passed as they are'), items: plain };
  switch (kind) {
    case 'script':
      return {
        script_path: {
          ...text(l10n.t('Script to run, relative to the workspace')),
          examples: scripts.map(({ path }) => path),
        },
        args,
        ...place,
        problem_matcher: matcher,
      };
    case 'arguments':
      return { args, ...place, problem_matcher: matcher };
    case 'argv':
      return {
        argv: {
          type: 'array',
          description: l10n.t('Program and its arguments, passed as they are'),
          items: plain,
          minItems: 1,
        },
        ...place,
        problem_matcher: matcher,
      };
    case 'line':
      return {
        line: text(l10n.t('Command line for the shell')),
        shell: text(l10n.t('Shell that reads the line; by default /bin/sh, or cmd.exe on Windows')),
        ...place,
        problem_matcher: matcher,
      };
    case 'prompt':
    case 'other':
      return {
        prompt: text(l10n.t('What to do, in words')),
        prompt_path: text(l10n.t('File with the prompt, if none is given here')),
        context_files: {
          type: 'array',
          description: l10n.t('Workspace files to append to the prompt'),
          items: { type: 'string' },
        },
        ...place,
      };
  }
}

/** The arguments from a script's header, for payloads that name the script. */
function argumentsOf(script: Script, l10n: Translator): Schema[] {
  const inputs = parseInputs(script.inputs);
  if (inputs.length === 0) return [];
  return [
    {
      if: { properties: { script_path: { const: script.path } }, required: ['script_path'] },
      // biome-ignore lint/suspicious/noThenProperty: a word of JSON schemas
      then: {
        properties: {
          args: {
            description: l10n.t('Arguments of {0}: {1}', script.name, script.inputs ?? ''),
            items: inputs.map(argument),
            minItems: inputs.findLastIndex(({ required }) => required) + 1,
          },
        },
      },
    },
  ];
}

function argument({ name, description, default: value }: ScriptInput): Schema {
  return {
    ...plain,
    title: name,
    description: description ? `${name}: ${description}` : name,
    ...(value === null ? {} : { examples: [value] }),
  };
}

/** Values that reach a program as text. */
const plain: Schema = { type: ['string', 'number', 'boolean'] };

function text(description: string): Schema {
  return { type: 'string', description };
}
