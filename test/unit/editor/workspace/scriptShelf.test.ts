import assert from 'node:assert/strict';
import { type Memory, ScriptShelf } from '../../../../src/editor/workspace/scriptShelf';
import type { Script } from '../../../../src/scripts/scriptFile';
import type { NamedCommand } from '../../../../src/scripts/sources/namedCommand';

class FakeMemory implements Memory {
  private readonly values = new Map<string, unknown>();

  get<T>(key: string, fallback: T): T {
    return (this.values.get(key) as T | undefined) ?? fallback;
  }

  async update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
  }
}

const script = (path: string) => ({ path, name: path }) as Script;
const scripts = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(script);

function grouped(shelf: ScriptShelf, list = scripts): string {
  const { pinned, recent, others } = shelf.groups(list);
  return [pinned, recent, others].map((group) => group.map(({ path }) => path).join('')).join(' ');
}

describe('pinned and recently used scripts', () => {
  it('are in the order of the list before any was used', () => {
    assert.equal(grouped(new ScriptShelf(new FakeMemory())), '  abcdefg');
  });

  it('start with the last five used', async () => {
    const shelf = new ScriptShelf(new FakeMemory());
    for (const used of [...scripts, script('c')]) await shelf.note(used);
    assert.equal(grouped(shelf), ' cgfed ab');
  });

  it('start with pinned ones, which are in no other group', async () => {
    const shelf = new ScriptShelf(new FakeMemory());
    await shelf.note(script('b'));
    await shelf.pin(['d', 'b'], true);
    assert.equal(grouped(shelf), 'db  acefg');
    assert.equal(shelf.isPinned('b'), true);
    await shelf.pin(['d', 'b'], true);
    await shelf.pin(['d'], false);
    assert.equal(grouped(shelf), 'b  acdefg');
  });

  it('may be named commands, known by their ids', async () => {
    const shelf = new ScriptShelf(new FakeMemory());
    const named = { source: 'npm', path: 'package.json', name: 'test' } as NamedCommand;
    await shelf.pin(['npm:package.json:test'], true);
    await shelf.note({ ...named, name: 'build' });
    const { pinned, recent, others } = shelf.groups([script('a'), { ...named, name: 'build' }, named]);
    assert.deepEqual([pinned, recent.map(({ name }) => name), others.length], [[named], ['build'], 1]);
  });

  it('leave out missing scripts, but remember them', async () => {
    const shelf = new ScriptShelf(new FakeMemory());
    await shelf.pin(['b'], true);
    await shelf.note(script('c'));
    assert.equal(grouped(shelf, [script('a')]), '  a');
    assert.equal(grouped(shelf), 'b c adefg');
  });

  it('are the same in another window of the workspace', async () => {
    const memory = new FakeMemory();
    await new ScriptShelf(memory).pin(['c'], true);
    assert.equal(grouped(new ScriptShelf(memory)), 'c  abdefg');
  });

  it('notify their listeners until they unsubscribe', async () => {
    const shelf = new ScriptShelf(new FakeMemory());
    let calls = 0;
    const stop = shelf.onChange(() => {
      calls += 1;
    });
    await shelf.pin(['a'], true);
    stop();
    await shelf.pin(['a'], false);
    assert.equal(calls, 1);
  });
});
