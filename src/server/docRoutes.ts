/** What the API is: the OpenAPI document, a page to read it on, and the door by which a browser gets to that page. */

import { QueueError } from '../core/errors';
import { escapeHtml } from '../pages/document';
import { ticket as ticketAnswer } from './answers';
import { dashboardPath } from './pageRoutes';
import { html, type Routes } from './routes';
import { ticketUse } from './schemas';
import type { Services } from './services';

const tag = 'documentation';
const pages: readonly string[] = ['/docs', '/openapi.json', dashboardPath];
/** Nothing but the page's own style: no script, no other address. */
const policy = {
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
};

type OpenApiDocument = ReturnType<Routes['app']['getOpenAPI31Document']>;

export function addDocRoutes(routes: Routes, { guard, version }: Services): void {
  const about = () =>
    routes.app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'SparkQ',
        version,
        description: 'A durable task queue. Every route but /health and /open needs the token.',
      },
      security: [{ token: [] }],
    });
  routes.app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
  });
  let document: OpenApiDocument | undefined;
  const describe = (): OpenApiDocument => {
    document ??= about();
    return document;
  };

  routes.add(
    {
      method: 'get',
      path: '/openapi.json',
      tag,
      summary: 'Describe the API as OpenAPI 3.1',
      answers: { 200: 'The document' },
    },
    () => describe(),
  );
  routes.add(
    { method: 'get', path: '/docs', tag, summary: 'Describe the API as a page', answers: { 200: 'HTML' } },
    () => html(docsPage(describe()), policy),
  );
  routes.add(
    {
      method: 'post',
      path: '/api/tickets',
      tag,
      summary: 'Make a link that lets one browser in, once, within 30 seconds',
      answers: { 200: ticketAnswer },
    },
    () => {
      const ticket = guard.issueTicket();
      return { ticket, path: `/open?ticket=${ticket}` };
    },
  );
  routes.add(
    {
      method: 'get',
      path: '/open',
      tag,
      summary: 'Exchange a ticket for a cookie and go on to a page',
      query: ticketUse,
      answers: { 200: 'HTML' },
    },
    ({ query }) => {
      const page = query.page ?? '/docs';
      if (!pages.includes(page)) throw new QueueError('not_found', `Page ${page} is not served here`);
      // Not a redirect: a browser sends a strict cookie only when the next request comes from our own page.
      return html(
        `<!doctype html><meta http-equiv="refresh" content="0;url=${page}"><a href="${page}">SparkQ</a>`,
        {
          ...policy,
          'cache-control': 'no-store',
          'set-cookie': guard.redeemTicket(query.ticket),
        },
      );
    },
  );
}

interface Schema {
  type?: string | string[];
  description?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
}
interface Operation {
  tags?: string[];
  summary?: string;
  parameters?: { name: string; in: string; schema?: Schema; required?: boolean; description?: string }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description: string }>;
}

function docsPage(document: OpenApiDocument): string {
  const groups = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths ?? {})) {
    for (const [method, operation] of Object.entries(methods) as [string, Operation][]) {
      const group = operation.tags?.[0] ?? 'other';
      groups.set(group, [...(groups.get(group) ?? []), operationText(method, path, operation)]);
    }
  }
  const body = [...groups].map(([name, texts]) => `<h2>${escapeHtml(name)}</h2>${texts.join('')}`).join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SparkQ API</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
code{font-size:1em}summary{cursor:pointer;padding:.2rem 0}b{display:inline-block;min-width:4rem}
td{padding:.1rem 1rem .1rem 0;vertical-align:top}details>*:not(summary){margin-left:1.5rem}
</style></head><body><h1>SparkQ ${escapeHtml(document.info.version)}</h1><p>${escapeHtml(document.info.description ?? '')}</p>${body}</body></html>`;
}

function operationText(method: string, path: string, operation: Operation): string {
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const fields = [
    ...(operation.parameters ?? []).map((field) =>
      row(`${field.in} ${field.name}`, field.required, {
        ...field.schema,
        description: field.description ?? field.schema?.description,
      }),
    ),
    ...Object.entries(schema?.properties ?? {}).map(([name, field]) =>
      row(name, schema?.required?.includes(name), field),
    ),
  ];
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, { description }]) => `<tr><td>${escapeHtml(status)}<td>${escapeHtml(description)}`,
  );
  return `<details><summary><b>${method.toUpperCase()}</b><code>${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</summary>
<table>${fields.join('')}</table><table>${answers.join('')}</table></details>`;
}

function row(name: string, required: boolean | undefined, field: Schema): string {
  return `<tr><td><code>${escapeHtml(name)}</code>${required ? ' (required)' : ''}<td>${escapeHtml(typeText(field))}<td>${escapeHtml(field.description ?? '')}`;
}

function typeText(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(' or ');
  if (schema.items !== undefined) return `list of ${typeText(schema.items)}`;
  return [schema.type ?? 'any'].flat().join(' or ');
}
