import assert from 'node:assert/strict';
import { databaseOf } from '../../../src/config/databasePlace';
import { parseDatabaseUrl, shownUrl } from '../../../src/config/databaseUrl';
import { parseConfig } from '../../../src/config/parse';
import { adoptedPins, pinsOf } from '../../../src/config/pins';
import type { Config } from '../../../src/core/config';
import { messageOf, QueueError } from '../../../src/core/errors';

const shown = (text: string) => shownUrl(parseDatabaseUrl(text));

/** What is said, without the hint. */
function problemOf(text: string): string {
  try {
    parseDatabaseUrl(text);
  } catch (error) {
    assert.ok(QueueError.is(error, 'invalid_field'));
    return error.message;
  }
  return '';
}

describe('The URL of a database', () => {
  it('says servers, user, password, database and parameters, with special characters', () => {
    const text =
      'postgresql://ann%40home:p%3A%2F%40:x@db1:5433,[::1]:5434,db3/my%20work?sslmode=require&schema=q';
    assert.deepEqual(parseDatabaseUrl(text), {
      servers: [
        { host: 'db1', port: 5433 },
        { host: '::1', port: 5434 },
        { host: 'db3', port: null },
      ],
      database: 'my work',
      user: 'ann@home',
      password: 'p:/@:x',
      parameters: { sslmode: 'require', schema: 'q' },
    });
  });

  it('says them as parameters, too, such as the folder of a socket', () => {
    const text = 'postgresql:///work?host=%2Frun%2Fpg,%2Frun%2Fother&port=5433,5434&user=ann&password=p';
    const { servers, user, password, parameters } = parseDatabaseUrl(text);
    assert.deepEqual(servers, [
      { host: '/run/pg', port: 5433 },
      { host: '/run/other', port: 5434 },
    ]);
    assert.deepEqual([user, password, parameters], ['ann', 'p', {}]);
  });

  it('is shown without its password', () => {
    assert.equal(
      shown('postgres://ann:secret@[::1]:5433,b/w?sslmode=disable'),
      'postgresql://ann@[::1]:5433,b/w?sslmode=disable',
    );
    assert.equal(
      shown('postgresql:///w?host=/run/pg&user=ann&password=secret'),
      'postgresql://ann@/w?host=/run/pg',
    );
    assert.equal(shown('postgresql://h'), 'postgresql://h');
  });

  const wrong: [string, RegExp][] = [
    ['mysql://a:secret@h/x', /not of the form/],
    ['postgresql://a:sec/ret@h/x', /not of the form|HOST:PORT/],
    ['postgresql://a:secret@h:99999/x', /port in it is not from 1 to 65535/],
    ['postgresql://a:secret@h/x?sslmode=maybe', /sslmode is none of disable, /],
    ['postgresql://a:secret@h/x?nonsense=1', /does not know its parameter nonsense/],
    ['postgresql://a:secret@h/x?schema=My-Queue', /schema is not a plain name/],
    ['postgresql://a:secret%@h/x', /%25/],
  ];
  for (const [text, problem] of wrong) {
    it(`cannot be ${text}, which no message repeats`, () => {
      assert.match(problemOf(text), problem);
      assert.doesNotMatch(problemOf(text), /sec/);
    });
  }
});

const url = 'postgresql://ann@db/work';

function configOf(text: string): Config {
  const { config } = parseConfig(text);
  assert.ok(config);
  return config;
}

const told = (text: string) => parseConfig(text).problems.map(({ message }) => message);

describe('The database in sparkq.yml', () => {
  it('has a URL, more servers and a schema, which wait to be confirmed', () => {
    const config = configOf(`database: {url: "${url}", hosts: [db2, "db3:5433", "[::1]:5"], schema: ours}`);
    assert.deepEqual(config.database, { url, hosts: ['db2', 'db3:5433', '[::1]:5'], schema: 'ours' });
    assert.deepEqual(pinsOf(config).database, config.database);
    assert.deepEqual(adoptedPins(config), {});
    assert.throws(
      () => databaseOf({ ...config, unconfirmed: ['database'] }, {}),
      (error) =>
        QueueError.is(error, 'forbidden') &&
        /postgresql:\/\/ann@db\/work \(schema ours\)/.test(error.message),
    );
    assert.deepEqual(databaseOf(config, {}), {
      url,
      shown: url,
      schema: 'ours',
      hosts: config.database.hosts,
      suggested: true,
    });
  });

  it('gives way to what a person has set in the environment, which needs no consent', () => {
    const config = {
      ...configOf(`database: {url: "${url}", hosts: [db2], schema: ours}`),
      unconfirmed: ['database'],
    };
    const own = (text: string) => databaseOf(config, { SPARKQ_DATABASE_URL: text });
    const expected = {
      url: 'postgresql://me:p@mine',
      shown: 'postgresql://me@mine',
      schema: 'ours',
      hosts: [],
    };
    assert.deepEqual(own(expected.url), { ...expected, suggested: false });
    assert.equal(own('postgresql://mine?schema=other')?.schema, 'other');
    assert.equal(databaseOf(configOf(''), {}), null);
  });

  it('has no password: the message says where secrets go, and does not repeat it', () => {
    const [message = ''] = told('database: {url: "postgresql://ann:secret@db/work"}');
    assert.match(
      message,
      /^database\.url must not contain a password: .*SPARKQ_DATABASE_URL.*not opened until then\.$/,
    );
    assert.doesNotMatch(message, /secret/);
  });

  for (const text of [
    'database: {url: "postgresql://ann:secret@db/work"}',
    'database: {url: "db.example.com"}',
    `database: {url: "${url}", schema: My-Queue}`,
    'database: somewhere',
  ]) {
    it(`is not replaced by files where it cannot be used: ${text}`, () => {
      assert.equal(told(text).length, 1);
      assert.match(told(text)[0] ?? '', /The queue is not opened until then\.$/);
      assert.throws(
        () => databaseOf(configOf(text), {}),
        (error) => /cannot be used, so the queue is not opened/.test(messageOf(error)),
      );
    });
  }

  it('keeps what it said before while it cannot be used', () => {
    const { config } = parseConfig('database: {url: nonsense}', { database: { url } });
    assert.equal(config?.database.url, url);
  });

  it('does without a list of servers that is wrong', () => {
    const text = `database: {url: "${url}", hosts: ["http://x"]}`;
    assert.match(told(text)[0] ?? '', /a host such as db2\.example\.com .*It is ignored\.$/);
    assert.equal(configOf(text).database.url, url);
  });
});
