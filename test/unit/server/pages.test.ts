import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { HttpServer } from '../../../src/server/httpServer';
import { withFolder } from '../../support/folders';
import { ask, closeServers, fakeQueue, serve } from './support';

describe('The pages of the server', () => {
  afterEach(closeServers);

  /** A server with stand-ins for the bundles, and what a browser that was let in sends along. */
  function withPages(use: (server: HttpServer, cookie: Record<string, string | undefined>) => Promise<void>) {
    return withFolder(async (folder) => {
      const programs = path.join(folder, 'dist');
      await fs.mkdir(path.join(programs, 'pages'), { recursive: true });
      await fs.writeFile(path.join(programs, 'pages', 'dashboard.js'), 'draw()');
      await fs.writeFile(path.join(programs, 'pages', 'dashboard.css'), 'main {}');
      await fs.mkdir(path.join(folder, 'l10n'));
      await fs.writeFile(path.join(folder, 'l10n', 'bundle.l10n.de.json'), '{"Dashboard":"Übersicht <>"}');
      const server = await serve(fakeQueue({ stats: async () => ({}) as never }).queue, { programs });
      const { json } = await ask(server, 'POST', '/api/tickets');
      const opened = await ask(server, 'GET', `${json.path}&page=/dashboard`, {
        headers: { authorization: undefined },
      });
      assert.match(opened.text, /url=\/dashboard"/);
      const cookie = opened.headers['set-cookie']?.[0]?.split(';')[0];
      await use(server, { authorization: undefined, cookie });
    });
  }

  it('require a ticket', () =>
    withPages(async (server, headers) => {
      for (const page of ['/dashboard', '/pages/dashboard.js', '/pages/dashboard.css', '/api/events']) {
        const refused = await ask(server, 'GET', page, { headers: { authorization: undefined } });
        assert.deepEqual([refused.status, refused.json.code], [401, 'unauthorized'], page);
      }
      assert.equal((await ask(server, 'GET', '/dashboard', { headers })).status, 200);
      const script = await ask(server, 'GET', '/pages/dashboard.js?v=1', { headers });
      assert.deepEqual(
        [script.text, script.headers['content-type']],
        ['draw()', 'text/javascript; charset=utf-8'],
      );
      const style = await ask(server, 'GET', '/pages/dashboard.css', { headers });
      assert.deepEqual([style.text, style.headers['content-type']], ['main {}', 'text/css; charset=utf-8']);
      assert.equal((await ask(server, 'GET', '/pages/..%2f..%2fpackage.json', { headers })).status, 404);
    }));

  it('let a browser read, but change things only from their own origin', () =>
    withPages(async (server, headers) => {
      assert.equal((await ask(server, 'GET', '/stats', { headers })).status, 200);
      for (const origin of [undefined, 'http://evil.example', `http://127.0.0.1:${server.port + 1}`]) {
        const answer = await ask(server, 'POST', '/api/reload', { headers: { ...headers, origin } });
        assert.deepEqual([answer.status, answer.json.code], [403, 'forbidden_origin'], origin);
      }
    }));

  it('may load only their own files, and contain no secret', () =>
    withPages(async (server, headers) => {
      const first = await ask(server, 'GET', '/dashboard', { headers });
      const second = await ask(server, 'GET', '/dashboard', { headers });
      const policy = String(first.headers['content-security-policy']);
      const nonce = /script-src 'nonce-([0-9a-f]{32})'/.exec(policy)?.[1];
      assert.ok(nonce && first.text.includes(`nonce="${nonce}"`));
      assert.ok(!second.text.includes(nonce), 'each document has a nonce of its own');
      for (const part of [
        "default-src 'none'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]) {
        assert.ok(policy.includes(part), part);
      }
      assert.equal(first.headers['cache-control'], 'no-store');
      assert.ok(
        !first.text.includes('a'.repeat(64)) &&
          !first.text.includes(String(headers.cookie).split('=')[1] ?? '?'),
      );
    }));

  it('are German for those who prefer it, and English for everyone else', () =>
    withPages(async (server, headers) => {
      const title = async (accepted: string) => {
        const given = { ...headers, 'accept-language': accepted };
        const { text } = await ask(server, 'GET', '/dashboard', { headers: given });
        return [/<html lang="(\w+)"/.exec(text)?.[1], /<title>(.*)<\/title>/.exec(text)?.[1]];
      };
      assert.deepEqual(await title('de-AT,de;q=0.9,en;q=0.8'), ['de', 'SparkQ: Übersicht &lt;&gt;']);
      assert.deepEqual(await title('en-GB,de;q=0.8'), ['en', 'SparkQ: Dashboard']);
      assert.deepEqual(await title('fr'), ['en', 'SparkQ: Dashboard']);
    }));

  it('report that they are not installed', async () => {
    const server = await serve(fakeQueue({}).queue, { programs: '/nowhere' });
    const answer = await ask(server, 'GET', '/pages/dashboard.js');
    assert.deepEqual([answer.status, answer.json.code], [404, 'not_found']);
    assert.match(answer.json.error, /not installed/);
    assert.equal(
      (await ask(server, 'GET', '/dashboard', { headers: { 'accept-language': 'de' } })).status,
      200,
    );
  });
});
