import assert from 'node:assert/strict';
import { defaultConfig } from '../../../../src/core/config';
import { english } from '../../../../src/core/translator';
import { payloadKindOf, payloadSchema } from '../../../../src/editor/documents/payloadSchema';
import type { Script } from '../../../../src/scripts/scriptFile';

const script = (path: string, inputs: string | null = null) => ({ path, name: path, inputs }) as Script;

const propertiesOf = (...args: Parameters<typeof payloadSchema>) =>
  payloadSchema(...args).properties as Record<string, Record<string, unknown>>;

describe('the schema of a payload', () => {
  it('depends on how the tool takes its input', () => {
    assert.equal(payloadKindOf(defaultConfig, 'run-bash'), 'script');
    assert.equal(payloadKindOf(defaultConfig, 'llm-sonnet'), 'prompt');
    assert.equal(payloadKindOf(defaultConfig, 'run-command'), 'argv');
    assert.equal(payloadKindOf(defaultConfig, 'run-shell'), 'line');
    assert.equal(payloadKindOf(defaultConfig, 'unknown'), 'other');
    const [tool] = Object.values(defaultConfig.tools);
    assert.ok(tool);
    const tools = { mine: { ...tool, input: 'payload-stdin' as const, command: ['mine'] } };
    assert.equal(payloadKindOf({ ...defaultConfig, tools }, 'mine'), 'arguments');
  });

  it('lists what each kind of tool reads', () => {
    const keys = (kind: Parameters<typeof payloadSchema>[0]) =>
      Object.keys(propertiesOf(kind, [], english)).join(' ');
    assert.equal(keys('script'), 'script_path args cwd env problem_matcher');
    assert.equal(keys('arguments'), 'args cwd env problem_matcher');
    assert.equal(keys('argv'), 'argv cwd env problem_matcher');
    assert.equal(keys('line'), 'line shell cwd env problem_matcher');
    assert.equal(keys('prompt'), 'prompt prompt_path context_files cwd env');
  });

  it('suggests the existing scripts, and accepts any other', () => {
    const { script_path } = propertiesOf('script', [script('a.sh'), script('b.sh')], english);
    assert.deepEqual(script_path?.examples, ['a.sh', 'b.sh']);
    assert.equal(script_path?.enum, undefined);
  });

  it("contains the arguments from a script's header", () => {
    const scripts = [script('a.sh'), script('b.sh', 'target - where to, level=3 - how much')];
    assert.deepEqual(payloadSchema('script', scripts, english).allOf, [
      {
        if: { properties: { script_path: { const: 'b.sh' } }, required: ['script_path'] },
        // biome-ignore lint/suspicious/noThenProperty: a word of JSON schemas
        then: {
          properties: {
            args: {
              description: 'Arguments of b.sh: target - where to, level=3 - how much',
              items: [
                {
                  type: ['string', 'number', 'boolean'],
                  title: 'target',
                  description: 'target: where to',
                },
                {
                  type: ['string', 'number', 'boolean'],
                  title: 'level',
                  description: 'level: how much',
                  examples: ['3'],
                },
              ],
              minItems: 1,
            },
          },
        },
      },
    ]);
  });
});
