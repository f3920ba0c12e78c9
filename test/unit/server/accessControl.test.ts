import assert from 'node:assert/strict';
import net from 'node:net';
import type { HttpServer } from '../../../src/server/httpServer';
import { ask, closeServers, fakeQueue, serve } from './support';

describe('access to the HTTP server', () => {
  let server: HttpServer;

  beforeEach(async () => {
    const { queue } = fakeQueue({ listTools: async () => [] });
    server = await serve(queue);
  });
  afterEach(closeServers);

  it('opens /health to anyone on this machine', async () => {
    const answer = await ask(server, 'GET', '/health', { headers: { authorization: undefined } });
    assert.equal(answer.status, 200);
    assert.equal(answer.json.status, 'ok');
    assert.match(answer.json.timestamp, /^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('requires the token everywhere else, unknown paths included', async () => {
    for (const path of ['/api/tools', '/stats', '/docs', '/openapi.json', '/nowhere']) {
      for (const authorization of [undefined, 'Bearer wrong', 'Basic YTpi', '']) {
        const answer = await ask(server, 'GET', path, { headers: { authorization } });
        assert.equal(answer.status, 401, path);
        assert.equal(answer.json.code, 'unauthorized');
      }
    }
    assert.equal((await ask(server, 'GET', '/api/tools')).status, 200);
  });

  it('answers only to its own Host', async () => {
    for (const host of [
      'example.com',
      `example.com:${server.port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      '[::1]',
      'a b',
    ]) {
      const answer = await ask(server, 'GET', '/health', { headers: { host } });
      assert.equal(answer.status, 403, host);
      assert.equal(answer.json.code, 'forbidden_host');
    }
    assert.equal(
      (await ask(server, 'GET', '/health', { headers: { host: `LocalHost:${server.port}` } })).status,
      200,
    );
  });

  it('refuses pages of other origins and sends no CORS headers', async () => {
    for (const origin of [
      'http://example.com',
      'null',
      `https://127.0.0.1:${server.port}`,
      'http://127.0.0.1',
    ]) {
      const answer = await ask(server, 'GET', '/api/tools', { headers: { origin } });
      assert.equal(answer.status, 403, origin);
      assert.equal(answer.json.code, 'forbidden_origin');
    }
    const own = await ask(server, 'GET', '/api/tools', { headers: { origin: server.url } });
    assert.equal(own.status, 200);
    assert.equal(own.headers['access-control-allow-origin'], undefined);
    assert.equal((await ask(server, 'OPTIONS', '/api/tools')).status, 405);
  });

  it('tells an older program to update', async () => {
    const old = await ask(server, 'GET', '/api/tools', { headers: { 'x-sparkq-protocol': '0' } });
    assert.equal(old.status, 426);
    assert.equal(old.json.code, 'upgrade_required');
    assert.match(old.json.hint, /1\.0\.0/);
    const newer = await ask(server, 'GET', '/api/tools', { headers: { 'x-sparkq-protocol': '99' } });
    assert.equal(newer.status, 200);
  });

  it('lets a browser in by a ticket, once, and requires the origin of its changes', async () => {
    const made = await ask(server, 'POST', '/api/tickets');
    const opened = await ask(server, 'GET', made.json.path, { headers: { authorization: undefined } });
    assert.equal(opened.status, 200);
    const [setCookie = ''] = opened.headers['set-cookie'] ?? [];
    assert.match(setCookie, /HttpOnly; SameSite=Strict/);
    const again = await ask(server, 'GET', made.json.path, { headers: { authorization: undefined } });
    assert.equal(again.status, 401);

    const headers = { authorization: undefined, cookie: setCookie.split(';')[0] };
    assert.equal((await ask(server, 'GET', '/docs', { headers })).status, 200);
    assert.equal((await ask(server, 'POST', '/api/tickets', { headers })).status, 403);
    const own = await ask(server, 'POST', '/api/tickets', { headers: { ...headers, origin: server.url } });
    assert.equal(own.status, 200);
    const guessed = { ...headers, cookie: `sparkq_${server.port}=${'0'.repeat(64)}` };
    assert.equal((await ask(server, 'GET', '/docs', { headers: guessed })).status, 401);
  });

  it('answers anything but HTTP with the same shape of error', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(server.port, '127.0.0.1', () => socket.write('NOT HTTP AT ALL\r\n\r\n'));
      let got = '';
      socket.on('data', (chunk) => {
        got += chunk;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(got));
    });
    assert.match(text, /^HTTP\/1\.1 400 /);
    assert.equal(JSON.parse(text.split('\r\n\r\n')[1] ?? '').code, 'invalid_field');
  });
});
