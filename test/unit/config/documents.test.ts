import { configJsonSchema, configKeys } from '../../../src/config/jsonSchema';
import { defaultConfig } from '../../../src/core/config';
import { usualKillAfter } from '../../../src/core/limits';
import { assertJsonFile, assertTable } from '../../support/generated';

const page = 'docs/configuration.md';

describe('The documentation of sparkq.yml', () => {
  it('has the JSON Schema of the code', () => {
    assertJsonFile('media/sparkq.schema.json', configJsonSchema());
  });

  it('lists every key with its default', () => {
    const rows = configKeys().map((key) => [`\`${key.path}\``, key.default ?? '', key.description]);
    assertTable(page, 'keys', [['key', 'default', 'meaning'], ...rows]);
  });

  it('lists the task classes', () => {
    const rows = Object.entries(defaultConfig.task_classes).map(([name, { timeout }]) => [
      name,
      String(timeout),
      String(usualKillAfter(timeout)),
    ]);
    assertTable(page, 'classes', [['class', 'late after (seconds)', 'stopped after'], ...rows]);
  });

  it('lists the built-in tools', () => {
    const rows = Object.entries(defaultConfig.tools).map(([name, { command, task_class, input }]) => [
      name,
      command?.join(' ') ?? 'none: waits for an outside worker',
      task_class,
      input,
    ]);
    assertTable(page, 'tools', [['tool', 'command', 'class', 'input'], ...rows]);
  });
});
