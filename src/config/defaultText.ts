/** The `sparkq.yml` that `sparkq setup` writes, with the common keys and comments. */

import { stringify } from 'yaml';
import { type AgentName, defaultConfig } from '../core/config';
import { defaultTimeout } from '../core/model';
import { agentToolLines } from './agentTools';

/** The answers to setup's questions; those left out have their defaults. */
export interface SetupAnswers {
  name?: string;
  repo_path?: string | null;
  prd_path?: string | null;
  script_dirs?: readonly string[];
  /** Seconds for each task class. */
  timeouts?: Readonly<Record<string, number>>;
  /** Those that are installed. */
  agents?: readonly AgentName[];
}

/** A commented configuration. Without answers it is equivalent to no file. */
export function defaultConfigText(answers: SetupAnswers = {}): string {
  const { project, script_dirs } = defaultConfig;
  const folders = answers.script_dirs?.length ? answers.script_dirs : script_dirs;
  return `# Configuration of SparkQ for this workspace. Every key is optional.
# All keys with their defaults: docs/configuration.md of SparkQ.

project:
  name: ${scalar(answers.name?.trim() || project.name)}
${answers.repo_path ? `  repo_path: ${scalar(answers.repo_path)}\n` : ''}  prd_path: ${scalar(answers.prd_path ?? null)}

purge:
  # After this many days, finished tasks go to the history once they have been reviewed, and their output is deleted.
  older_than_days: ${defaultConfig.purge.older_than_days}
  # The same for tasks that nobody has reviewed; null: never.
  unreviewed_after_days: ${defaultConfig.purge.unreviewed_after_days}

# Every script in these folders is listed; elsewhere only those with a "name:" in their header.
script_dirs:
${folders.map((folder) => `  - ${scalar(folder)}`).join('\n')}

# Seconds after which a running task is late; after twice that, it is stopped and fails, unless it or its tool has a
# kill_after. Other classes have ${defaultTimeout}.
task_classes:
${classLines(answers.timeouts ?? {})}

# Tools override the built-in ones. Tasks of a tool without a command wait for an outside worker. For example:
#   llm-sonnet:
#     command: [claude, -p]     # the prompt arrives on standard input
tools:
${[toolLines(), ...agentToolLines(answers.agents ?? [])].join('\n')}
`;
}

function classLines(timeouts: Readonly<Record<string, number>>): string {
  const classes = Object.entries(defaultConfig.task_classes).map(
    ([name, { timeout }]) => [name, timeout] as const,
  );
  const merged = { ...Object.fromEntries(classes), ...timeouts };
  return Object.entries(merged)
    .map(([name, timeout]) => `  ${scalar(name)}:\n    timeout: ${timeout}`)
    .join('\n');
}

function toolLines(): string {
  return Object.entries(defaultConfig.tools)
    .map(([name, { description, task_class }]) => {
      return `  ${name}:\n    description: ${scalar(description)}\n    task_class: ${task_class}`;
    })
    .join('\n');
}

/** A text on one line, quoted if it would otherwise be read as something else. */
function scalar(value: string | null): string {
  if (value === null) return 'null';
  const line = value.replace(/\s+/g, ' ').trim();
  return stringify(line, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
}
