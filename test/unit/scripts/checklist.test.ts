import assert from 'node:assert/strict';
import { openItems, tasksOfItems } from '../../../src/scripts/checklist';
import { wordsOfCheck } from '../../../src/system/shellWords';

const plan = `# Login

Some words, and a list without boxes:

- [docs](https://example.com)

- [ ] Build the form
  with two fields

  \`\`\`ts
  const form = 1;
  \`\`\`

  - [x] Draw it
    - [ ] Show it around
  - [ ] Test it
- [X] Choose a library
  1. [ ] Read its licence

## Später

* [ ] 上线 **now**
`;

const all = (items: readonly unknown[]) => new Set(items.keys());

describe('A checklist in Markdown', () => {
  it('has open items below headings and items, with all that they say', () => {
    const items = openItems(plan);
    assert.deepEqual(
      items.map(({ text }) => text),
      [
        'Build the form\nwith two fields\n\n```ts\nconst form = 1;\n```',
        'Show it around',
        'Test it',
        'Read its licence',
        '上线 **now**',
      ],
    );
    assert.deepEqual(
      items.map(({ under }) => under),
      [
        ['Login'],
        ['Login', 'Build the form', 'Draw it'],
        ['Login', 'Build the form'],
        ['Login', 'Choose a library'],
        ['Login', 'Später'],
      ],
    );
  });

  it('is read with line ends of Windows, tabs and a byte order mark', () => {
    const items = openItems('﻿# A\r\n\r\n- [ ] one\r\n\t- [ ] two\r\n');
    assert.deepEqual(
      items.map(({ text, parent }) => [text, parent]),
      [
        ['one', null],
        ['two', 0],
      ],
    );
  });

  it('has no items without boxes, or in code', () => {
    assert.deepEqual(openItems('- one\n- [ ]\n\n```\n- [ ] two\n```\n'), []);
  });

  it('becomes prompts that wait for the open item that they stand under', () => {
    const items = openItems(plan);
    const tasks = tasksOfItems(items, all(items), 'agent');
    assert.deepEqual(
      tasks.map(({ key, after }) => [key, after]),
      [
        ['item 1', undefined],
        ['item 2', ['item 1']],
        ['item 3', ['item 1']],
        ['item 4', undefined],
        ['item 5', undefined],
      ],
    );
    assert.deepEqual(tasks[2], {
      key: 'item 3',
      tool_name: 'agent',
      prompt: 'Test it\n\nPart of: Login > Build the form',
      label: 'Test it',
      after: ['item 1'],
    });
  });

  it('says in a line of an item what verifies it', () => {
    const items = openItems(
      '- [ ] Build it\n  verify: `npm test`\n  in German\n  - [ ] Test it\n\n    Verify: npm test | tee log\n- [ ] verify: x\n',
    );
    assert.deepEqual(
      tasksOfItems(items, all(items), 'agent').map(({ prompt, verify }) => [prompt, verify]),
      [
        ['Build it\nin German', ['npm', 'test']],
        ['Test it\n\nPart of: Build it', wordsOfCheck('npm test | tee log')],
        ['verify: x', undefined],
      ],
    );
  });

  it('says in a line of an item where its agent works', () => {
    const items = openItems(
      '- [ ] Build it\n  worktree: `stream`\n  verify: npm test\n- [ ] Test it\n  Worktree: task\n- [ ] Tidy up\n  worktree: the old one\n',
    );
    assert.deepEqual(
      tasksOfItems(items, all(items), 'agent').map(({ prompt, worktree }) => [prompt, worktree]),
      [
        ['Build it', 'stream'],
        ['Test it', 'task'],
        ['Tidy up\nworktree: the old one', undefined],
      ],
    );
  });

  it('leaves out what was not chosen, and waits for what is above that', () => {
    const items = openItems('- [ ] one\n  - [ ] two\n    - [ ] three\n');
    const waits = (...chosen: number[]) =>
      tasksOfItems(items, new Set(chosen), 'agent').map(({ label, after }) => [label, after]);
    assert.deepEqual(waits(0, 2), [
      ['one', undefined],
      ['three', ['item 1']],
    ]);
    assert.deepEqual(waits(2), [['three', undefined]]);
  });
});
