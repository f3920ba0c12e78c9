/** What a browser opens: the way in by a one-use ticket, the dashboard, and the files that it loads. */

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, QueueError } from '../../core/errors';
import {
  type DashboardStart,
  translatedTexts,
  translatedWaiting,
} from '../../pages/dashboard/dashboardTexts';
import { pageDocument, pagePolicy } from '../../pages/document';
import { whenFree } from '../../system/heldFiles';
import type { AccessControl } from '../accessControl';
import { ticket as ticketAnswer } from '../answerSchemas';
import { ticketUse } from '../inputSchemas';
import { html, type RouteGroup, type Router, styleOnly } from '../router';
import type { Services } from '../services';

const dashboardPath = '/dashboard';
/** The pages that a ticket opens. */
const pages: readonly string[] = ['/docs', '/openapi.json', dashboardPath];
/** Languages besides English; the editor's translations hold the texts. */
const translated = ['de'] as const;

export function addPageRoutes(router: Router, { access, programs, version }: Services): void {
  const routes = router.group('pages');
  addTickets(routes, access);
  routes.add(
    {
      method: 'get',
      path: dashboardPath,
      summary: 'Show the dashboard, in German if the browser prefers it',
      answers: { 200: 'HTML' },
    },
    async ({ context }) => {
      const language = preferred(context.req.header('accept-language') ?? '');
      const nonce = randomBytes(16).toString('hex');
      const table = await translations(programs, language);
      const data: DashboardStart = {
        language,
        texts: translatedTexts(table),
        waiting: translatedWaiting(table),
      };
      // With the version, so that an update loads its own files.
      const address = (file: string) => `/pages/${file}?v=${version}`;
      const document = pageDocument({
        title: `SparkQ: ${data.texts.title}`,
        language,
        script: address('dashboard.js'),
        style: address('dashboard.css'),
        source: "'self'",
        nonce,
        data,
      });
      return html(document, {
        'cache-control': 'no-store',
        'content-security-policy': `${pagePolicy({ source: "'self'", nonce })}; frame-ancestors 'none'`,
        'referrer-policy': 'no-referrer',
      });
    },
  );
  addFile(routes, programs, 'dashboard.js', 'text/javascript; charset=utf-8');
  addFile(routes, programs, 'dashboard.css', 'text/css; charset=utf-8');
}

function addTickets(routes: RouteGroup, access: AccessControl): void {
  routes.add(
    {
      method: 'post',
      path: '/api/tickets',
      summary: 'Create a ticket that authorizes one browser, once, within 30 seconds',
      answers: { 200: ticketAnswer },
    },
    () => {
      const ticket = access.issueTicket();
      return { ticket, path: `/open?ticket=${ticket}` };
    },
  );
  routes.add(
    {
      method: 'get',
      path: '/open',
      summary: 'Exchange a ticket for a cookie and redirect to a page',
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
          ...styleOnly,
          'cache-control': 'no-store',
          'set-cookie': access.redeemTicket(query.ticket),
        },
      );
    },
  );
}

function addFile(routes: RouteGroup, programs: string, name: string, type: string): void {
  routes.add(
    {
      method: 'get',
      path: `/pages/${name}`,
      summary: `Get ${name}, part of the dashboard`,
      answers: { 200: type },
    },
    async () => {
      const headers = {
        'content-type': type,
        'cache-control': 'no-cache',
        'x-content-type-options': 'nosniff',
      };
      return new Response(await readPage(path.join(programs, 'pages', name)), { headers });
    },
  );
}

async function readPage(file: string): Promise<string> {
  try {
    return await whenFree(file, () => readFile(file, 'utf8'));
  } catch (error) {
    throw new QueueError(
      'not_found',
      `The page is not installed: ${messageOf(error)}`,
      'Install SparkQ again, or build it',
      undefined,
      { cause: error },
    );
  }
}

/** The first of our languages that the browser asks for. */
function preferred(accepted: string): string {
  for (const choice of accepted.split(',')) {
    const wanted = choice.trim().slice(0, 2).toLowerCase();
    if (wanted === 'en') return 'en';
    const found = translated.find((language) => language === wanted);
    if (found) return found;
  }
  return 'en';
}

async function translations(programs: string, language: string): Promise<Record<string, string>> {
  if (language === 'en') return {};
  const file = path.join(programs, '..', 'l10n', `bundle.l10n.${language}.json`);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, string>;
  } catch {
    // A program without the extension around it has English only.
    return {};
  }
}
