import assert from 'node:assert/strict';
import { textWithDatabase } from '../../../src/config/databaseText';

const url = 'postgresql://ann@db.example.com/work';

describe('the database in the text of a sparkq.yml', () => {
  const written: [name: string, before: string, after: string][] = [
    ['is added to an empty file', '', `database:\n  url: ${url}\n`],
    ['is added at the end', '# Ours\ntools: {}\n', `# Ours\ntools: {}\n\ndatabase:\n  url: ${url}\n`],
    ['keeps line ends', 'tools: {}\r\n', `tools: {}\r\n\r\ndatabase:\r\n  url: ${url}\r\n`],
    [
      'takes the place of another, and leaves the rest',
      'database:\n  # Where it is\n  url: postgresql://old/work # soon\n  hosts: [db2]\ntools: {}\n',
      `database:\n  # Where it is\n  url: ${url} # soon\n  hosts: [db2]\ntools: {}\n`,
    ],
    [
      'joins what is there',
      'database:\n    hosts: [db2]\n',
      `database:\n    url: ${url}\n    hosts: [db2]\n`,
    ],
    ['joins what is on one line', 'database: {hosts: [db2]}\n', `database: {url: ${url}, hosts: [db2]}\n`],
  ];
  for (const [name, before, after] of written) {
    it(name, () => assert.equal(textWithDatabase(before, { url }), after));
  }

  it('has its schema where that is another one', () => {
    const text = textWithDatabase('', { url, schema: 'ann' });
    assert.equal(text, `database:\n  url: ${url}\n  schema: ann\n`);
    assert.equal(
      textWithDatabase(text ?? '', { url, schema: 'bob' }),
      text?.replace('schema: ann', 'schema: bob'),
    );
  });

  it('is taken out with its lines', () => {
    assert.equal(
      textWithDatabase(`# Ours\ndatabase:\n  url: ${url}\n\ntools: {}\n`, null),
      '# Ours\n\ntools: {}\n',
    );
    assert.equal(textWithDatabase(`database: {url: ${url}} # there`, null), '');
    assert.equal(textWithDatabase('tools: {}\n', null), 'tools: {}\n');
  });

  it('is left to the person where more would change', () => {
    for (const text of ['database: &a {}\n', '{tools: {}}\n', 'database: [', '- a\n', 'database: {}\n'])
      assert.equal(textWithDatabase(text, { url }), null, text);
  });
});
