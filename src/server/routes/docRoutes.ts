/** The documentation of the API: the OpenAPI document, and a page that shows it. */

import { escapeHtml } from '../../pages/document';
import { html, type Router, styleOnly } from '../router';
import type { Services } from '../services';

type OpenApiDocument = ReturnType<Router['app']['getOpenAPI31Document']>;

export function addDocRoutes(router: Router, { version }: Services): void {
  const routes = router.group('documentation');
  const about = () =>
    router.app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'SparkQ',
        version,
        description: 'A durable task queue. Every route except /health and /open requires the token.',
      },
      security: [{ token: [] }],
    });
  router.app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
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
      summary: 'Describe the API as OpenAPI 3.1',
      answers: { 200: 'The document' },
    },
    () => describe(),
  );
  routes.add(
    { method: 'get', path: '/docs', summary: 'Describe the API as a page', answers: { 200: 'HTML' } },
    () => html(docsPage(describe()), styleOnly),
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
