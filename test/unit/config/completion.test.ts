import assert from 'node:assert/strict';
import { proposalsAt } from '../../../src/config/completion';
import { configJsonSchema } from '../../../src/config/jsonSchema';

const schema = configJsonSchema();

/** What is proposed at the bar, by label. */
function at(text: string) {
  const lines = text.split('\n');
  const line = lines.findIndex((one) => one.includes('|'));
  const column = lines[line]?.indexOf('|') ?? 0;
  lines[line] = lines[line]?.replace('|', '') ?? '';
  return proposalsAt(schema, lines, line, column);
}
const labels = (text: string) => at(text).map(({ label }) => label);

describe('Completion in sparkq.yml', () => {
  it('proposes the top keys that are not there yet, and what comes after each', () => {
    const found = at('project:\n  name: x\n\n|\npurge:\n  older_than_days: 3\n');
    const names = found.map(({ label }) => label);
    assert.ok(names.includes('server') && names.includes('tools') && names.includes('script_dirs'));
    assert.ok(!names.includes('project') && !names.includes('purge'), names.join(' '));
    const textOf = (name: string) => found.find(({ label }) => label === name)?.text;
    assert.equal(textOf('server'), 'server:\n  ');
    assert.equal(textOf('script_dirs'), 'script_dirs:\n  - ');
    assert.equal(found.find(({ label }) => label === 'server')?.description, 'The HTTP server');
  });

  it('proposes the keys of a mapping, also of one that a person has named', () => {
    assert.deepEqual(labels('project:\n  name: x\n  |\nserver:\n  host: localhost'), [
      'repo_path',
      'prd_path',
    ]);
    assert.ok(labels('tools:\n  mine:\n    comm|').includes('command'));
    assert.ok(!labels('tools:\n  mine:\n    command: [x]\n    |').includes('command'));
    assert.deepEqual(labels('tools:\n  |'), []);
  });

  it('proposes values', () => {
    assert.deepEqual(labels('server:\n  host: |'), ['127.0.0.1', 'localhost']);
    assert.ok(labels('tools:\n  mine:\n    input: |').includes('prompt-stdin'));
    assert.deepEqual(labels('purge:\n  older_than_days: |'), ['3']);
  });

  it('proposes nothing in comments, texts and unknown places', () => {
    assert.deepEqual(labels('# pro|'), []);
    assert.deepEqual(labels('project:\n  name: a b|'), []);
    assert.deepEqual(labels('nothing:\n  |'), []);
    assert.deepEqual(labels('project:\n  name:\n    |'), []);
  });

  it('is not confused by Windows names, blanks and Chinese', () => {
    assert.ok(labels('project:\n  name: 我的項目\n\n  # note: x\n\n  |').includes('repo_path'));
    assert.ok(labels('tools:\n  "my tool":\n    |').includes('command'));
  });
});
