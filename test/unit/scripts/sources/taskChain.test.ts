import assert from 'node:assert/strict';
import type { NamedCommand } from '../../../../src/scripts/sources/namedCommand';
import { type ChainNode, chainOf } from '../../../../src/scripts/sources/taskChain';

const named = (name: string) => ({ name }) as NamedCommand;

/** Each task by its label: `>` for a sequence, `|` for parallel, before its dependencies; `-` for no command. */
function nodesOf(tasks: Readonly<Record<string, string>>): Map<string, ChainNode> {
  return new Map(
    Object.entries(tasks).map(([label, text]) => [
      label,
      {
        command: text.includes('-') ? null : named(label),
        fit: !text.includes('!'),
        dependsOn: text
          .split(/[>|!-]+/)
          .join('')
          .trim()
          .split(' ')
          .filter(Boolean),
        sequence: text.includes('>'),
      },
    ]),
  );
}

function chain(name: string, tasks: Readonly<Record<string, string>>) {
  const answer = chainOf(name, nodesOf(tasks));
  return Array.isArray(answer)
    ? answer.map(({ command, after }) => `${command.name}(${after.join()})`).join(' ')
    : `${answer.code} ${answer.on}`;
}

describe('chainOf', () => {
  const leaves = { a: '', b: '', c: '' };

  it('places dependencies before the task, side by side or one after the other', () => {
    assert.equal(chain('x', { ...leaves, x: '| a b c' }), 'a() b() c() x(0,1,2)');
    assert.equal(chain('x', { ...leaves, x: '> a b c' }), 'a() b(0) c(1) x(2)');
    assert.equal(chain('a', leaves), 'a()');
  });

  it('needs no command of the task itself', () => {
    assert.equal(chain('x', { ...leaves, x: '-| a b' }), 'a() b()');
    assert.equal(chain('y', { ...leaves, x: '-| a b', y: '> x c' }), 'a() b() c(0,1) y(2)');
    assert.equal(chain('y', { ...leaves, x: '-', y: '> a x c' }), 'a() c(0) y(1)');
  });

  it('places what several depend on once', () => {
    assert.equal(chain('x', { a: '', b: '| a', c: '| a', x: '| b c' }), 'a() b(0) c(0) x(1,2)');
  });

  it('keeps what a dependency depends on behind what comes before it', () => {
    assert.equal(chain('x', { ...leaves, y: '| b', x: '> a y' }), 'a() b(0) y(1) x(2)');
  });

  it('refuses what is not there, cannot be queued, goes in a circle, or has no end', () => {
    assert.equal(chain('x', { x: '| z' }), 'depends_missing z');
    assert.equal(chain('x', { x: '| y', y: '!' }), 'depends_other y');
    assert.equal(chain('x', { x: '| y', y: '> x' }), 'depends_cycle x');
    assert.equal(chain('x', { x: '| x' }), 'depends_cycle x');
    const long = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`t${index}`, `| t${index + 1}`]),
    );
    assert.equal(chain('t0', long), 'depends_many t0');
    const wide = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`w${index}`, '']));
    assert.equal(chain('x', { ...wide, x: `| ${Object.keys(wide).join(' ')}` }), 'depends_many x');
  });
});
