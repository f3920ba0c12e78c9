/** The `sparkq.yml` that `sparkq setup` writes: every key that matters, with what it is for. */

import { stringify } from 'yaml';
import { defaultConfig } from '../core/config';
import { defaultTimeout } from '../core/model';

/** What setup has asked for; whatever is left out has its default. */
export interface SetupAnswers {
  name?: string;
  repo_path?: string | null;
  prd_path?: string | null;
  script_dirs?: readonly string[];
  /** Seconds for each task class. */
  timeouts?: Readonly<Record<string, number>>;
}

/** A commented configuration. With no answers it says the same as no file at all. */
export function defaultConfigText(answers: SetupAnswers = {}): string {
  const { project, script_dirs } = defaultConfig;
  const folders = answers.script_dirs?.length ? answers.script_dirs : script_dirs;
  return `# SparkQ: what the queue of this workspace knows. Every key may be left out.
# The keys, their defaults and their bounds: docs/configuration.md of SparkQ.

project:
  name: ${scalar(answers.name?.trim() || project.name)}
  repo_path: ${scalar(answers.repo_path ?? null)}
  prd_path: ${scalar(answers.prd_path ?? null)}

purge:
  # Finished and reviewed tasks are deleted after this many days.
  older_than_days: ${defaultConfig.purge.older_than_days}

# In these folders every script counts; elsewhere only those with a "name:" in their header.
script_dirs:
${folders.map((folder) => `  - ${scalar(folder)}`).join('\n')}

# Seconds that a task may take before it is stale; at twice this it is failed. Any other class has ${defaultTimeout}.
task_classes:
${classLines(answers.timeouts ?? {})}

# Tools are laid over the built-in ones. One without a command waits for an outside worker. For example:
#   llm-sonnet:
#     command: [claude, -p]     # the prompt comes by standard input
tools:
${toolLines()}
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

/** A text on one line, in quotes where it would be read as something else. */
function scalar(value: string | null): string {
  if (value === null) return 'null';
  const line = value.replace(/\s+/g, ' ').trim();
  return stringify(line, { lineWidth: 0, defaultStringType: 'PLAIN' }).trimEnd();
}
