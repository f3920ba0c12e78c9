import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { QueueError } from '../../../src/core/errors';
import { refusalOf } from '../../../src/postgres/serverErrors';
import { type ServerAddress, Servers } from '../../../src/postgres/servers';
import { removeFolder, temporaryFolder } from '../../support/folders';
import { certificates, type FakeServer, startFakeServer } from '../../support/postgres/fakeServer';

const started: FakeServer[] = [];

async function start(fake: Parameters<typeof startFakeServer>[0]): Promise<FakeServer> {
  const server = await startFakeServer(fake);
  started.push(server);
  return server;
}

/** Connects as the queue does. @throws the refusal that people read */
async function connect(address: ServerAddress): Promise<void> {
  const servers = new Servers({ env: {}, ...address });
  const client = servers.newClient({});
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw refusalOf(error, servers.shown);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const urlOf = ({ port }: FakeServer, query = '') => `postgresql://ann@localhost:${port}/work${query}`;
const trusted = `sslrootcert=${path.join(certificates, 'authority.pem')}`;

function refused(address: ServerAddress, message: RegExp, hint: RegExp): Promise<void> {
  return assert.rejects(connect(address), (error) => {
    assert.ok(QueueError.is(error), String(error));
    assert.match(error.message, message);
    assert.match(error.hint ?? '', hint);
    return true;
  });
}

describe('A connection to the server of a queue', () => {
  afterEach(() => {
    for (const server of started.splice(0)) server.close();
  });

  it('needs no certificate on this machine, and checks it where that is asked for', async () => {
    await connect({ url: urlOf(await start({})) });
    const good = await start({ certificate: 'good.pem' });
    for (const mode of ['require', 'verify-ca', 'verify-full'])
      await connect({ url: urlOf(good, `?sslmode=${mode}&${trusted}`) });
    await connect({
      url: urlOf(good, '?sslmode=require'),
      env: { PGSSLROOTCERT: path.join(certificates, 'authority.pem') },
    });
    await connect({ url: urlOf(good, '?sslmode=no-verify') });
    await connect({ url: urlOf(good, '?sslmode=require&sslrootcert=authority.pem'), folder: certificates });
  });

  it('is refused where the certificate is of an unknown authority, expired, or of another server', async () => {
    const good = await start({ certificate: 'good.pem' });
    await refused(
      { url: urlOf(good, '?sslmode=require') },
      /^The queue's database on localhost:\d+ cannot be used: /,
      /sslrootcert=FILE/,
    );
    const expired = await start({ certificate: 'expired.pem' });
    await refused({ url: urlOf(expired, `?sslmode=require&${trusted}`) }, /expired/, /renewed/);
    const other = await start({ certificate: 'otherName.pem' });
    await refused(
      { url: urlOf(other, `?sslmode=require&${trusted}`) },
      /does not match/,
      /name in the database URL that is in the certificate/,
    );
    await refused({ url: urlOf(await start({}), '?sslmode=require') }, /does not support SSL/, /SSH tunnel/);
  });

  it('is never a weak one to another machine because sparkq.yml says so, only because this person does', () => {
    const tlsOf = (address: ServerAddress) => new Servers({ env: {}, ...address }).newClient({}).ssl;
    const weak = (mode: string) => `postgresql://db.example.com/work?sslmode=${mode}`;
    assert.deepEqual(tlsOf({ url: 'postgresql://db.example.com/work', suggested: true }), {
      rejectUnauthorized: true,
    });
    for (const mode of ['disable', 'no-verify']) {
      assert.throws(
        () => tlsOf({ url: weak(mode), suggested: true }),
        (error) =>
          QueueError.is(error, 'invalid_field') && /sparkq\.yml would let anybody/.test(error.message),
      );
    }
    assert.equal(tlsOf({ url: weak('disable') }), false);
    assert.equal(tlsOf({ url: weak('disable'), suggested: true, env: { PGSSLMODE: 'disable' } }), false);
    assert.deepEqual(tlsOf({ url: weak('no-verify') }), { rejectUnauthorized: false });
    assert.deepEqual(tlsOf({ url: weak('disable'), suggested: true, env: { PGSSLMODE: 'require' } }), {
      rejectUnauthorized: true,
    });
  });

  it('names a certificate that cannot be read before it is made', () => {
    const url = 'postgresql://db.example.com/work?sslrootcert=/nowhere/ca.pem';
    assert.throws(() => new Servers({ url }), /A file that the database URL names cannot be read: .*nowhere/);
  });

  it('says what to do about a server that does not let in, or is not there', async () => {
    const codes: [string, RegExp][] = [
      ['28P01', /user and the password/],
      ['3D000', /Create the database/],
      ['42501', /grant this user the rights/],
      ['53300', /max_connections/],
    ];
    for (const [code, hint] of codes)
      await refused({ url: urlOf(await start({ refuses: code })) }, /The server refuses\./, hint);
    await refused({ url: 'postgresql://localhost:1/work' }, /ECONNREFUSED/, /runs and can be reached/);
  });

  it('takes the password from the URL, PGPASSWORD, the editor, or the file of passwords', async () => {
    const server = await start({ wantsPassword: true });
    const folder = temporaryFolder();
    const before = process.env.PGPASSFILE;
    try {
      process.env.PGPASSFILE = path.join(folder, 'pgpass');
      writeFileSync(process.env.PGPASSFILE, `localhost:${server.port}:work:ann:of file\n`, { mode: 0o600 });
      const secret = async () => 'of editor';
      const env = { PGPASSWORD: 'of environment' };
      await connect({ url: urlOf(server).replace('ann', 'ann:of%20url'), env, secret });
      await connect({ url: urlOf(server), env, secret });
      await connect({ url: urlOf(server), secret });
      await connect({ url: urlOf(server), secret: async () => undefined });
    } finally {
      if (before === undefined) delete process.env.PGPASSFILE;
      else process.env.PGPASSFILE = before;
      await removeFolder(folder);
    }
    assert.deepEqual(server.passwords, ['of url', 'of environment', 'of editor', 'of file']);
  });
});

describe('Several servers of a queue', () => {
  afterEach(() => {
    for (const server of started.splice(0)) server.close();
  });

  const several = async (...fakes: Parameters<typeof startFakeServer>[0][]) => {
    const ports: number[] = [];
    for (const fake of fakes) ports.push((await start(fake)).port);
    const [first, ...others] = ports.map((port) => `localhost:${port}`);
    return { servers: new Servers({ url: `postgresql://ann@${first}/work`, hosts: others, env: {} }), ports };
  };

  it('are searched for the one that takes changes, and again once it has changed', async () => {
    const first = { onlyReads: true };
    const second = { onlyReads: false };
    const { servers, ports } = await several(first, second, { refuses: '57P03' });
    const Client = servers.clientClass({});
    await servers.look();
    assert.equal(servers.shown, `localhost:${ports[1]}`);
    const before = new Client();
    assert.ok(servers.isCurrent(before));
    [first.onlyReads, second.onlyReads] = [false, true];
    await servers.look();
    assert.equal(servers.shown, `localhost:${ports[0]}`);
    assert.ok(!servers.isCurrent(before));
    assert.ok(servers.isCurrent(new Client()));
  });

  it('say what is wrong with each where none takes changes', async () => {
    const { servers } = await several({ onlyReads: true }, { refuses: '28P01' });
    await assert.rejects(servers.look(), (error) => {
      const refusal = refusalOf(error, servers.shown);
      assert.ok(QueueError.is(refusal, 'unavailable'));
      assert.match(
        refusal.message,
        /localhost:\d+: it only takes reads now; localhost:\d+: The server refuses\./,
      );
      assert.match(refusal.hint ?? '', /user and the password/);
      return true;
    });
  });

  it('are asked nothing where there is only one', async () => {
    const servers = new Servers({ url: 'postgresql://localhost:1/work', env: {} });
    await servers.look();
    assert.ok(servers.isCurrent(new pg.Client({ host: 'elsewhere' })));
  });
});
