import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { errorStatus } from '../../../src/core/errors';
import { protocolVersion } from '../../../src/core/protocol';
import { ask, closeServers, fakeQueue, serve } from './support';

interface Operation {
  summary: string;
  parameters?: { in: string; name: string }[];
  requestBody?: { content: Record<string, { schema: { properties?: object; required?: string[] } }> };
  responses: Record<string, { description: string }>;
}

/** The row of docs/http-api.md that describes a route. */
function rowOf(method: string, path: string, operation: Operation): string {
  const query = (operation.parameters ?? [])
    .filter((one) => one.in === 'query')
    .map(({ name }) => `\`${name}\``);
  const schema = operation.requestBody?.content['application/json']?.schema;
  const body = Object.keys(schema?.properties ?? {}).map(
    (name) => `\`${name}\`${schema?.required?.includes(name) ? '*' : ''}`,
  );
  const answers = Object.entries(operation.responses)
    .filter(([status]) => status !== 'default')
    .map(([status, { description }]) => `${status}: ${description}`);
  const input = [...query, ...body].join(', ') || '-';
  return `| ${method.toUpperCase()} \`${path}\` | ${operation.summary} | ${input} | ${answers.join('; ')} |`;
}

describe('docs/http-api.md', () => {
  const page = readFileSync('docs/http-api.md', 'utf8');

  afterEach(closeServers);

  it('describes every route, with its fields and answers, and no other', async () => {
    const server = await serve(fakeQueue({}).queue);
    const { paths } = (await ask(server, 'GET', '/openapi.json')).json;
    const rows = Object.entries<Record<string, Operation>>(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => rowOf(method, path, operation)),
    );
    const written = page.split('\n').filter((line) => /^\| (GET|POST|PUT|DELETE) /.test(line));
    assert.deepEqual(written.sort(), rows.sort());
  });

  it('describes every error code with its status', () => {
    for (const [code, status] of Object.entries(errorStatus)) {
      const row = page.split('\n').find((line) => /^\| \d{3}/.test(line) && line.includes(`\`${code}\``));
      assert.ok(row?.split('|')[1]?.includes(String(status)), code);
    }
  });

  it('names the current protocol', () => {
    assert.ok(page.includes(`The current protocol is ${protocolVersion}.`));
  });
});
