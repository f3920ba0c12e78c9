/** The HTML document of a page, the same in a webview and in a browser. */

/** The names of the pages' bundles in `dist/pages`. */
export type PageName = 'task' | 'dashboard';

export interface PageParts {
  title: string;
  /** The language of the texts, for `<html lang>`. */
  language: string;
  /** URLs of the page's bundle. */
  script: string;
  style: string;
  /** The content security policy's source for these files; `'self'` if the page's own server has them. */
  source: string;
  /** A new one for each document. */
  nonce: string;
  /** Any JSON; the page reads it with `startData`. */
  data: unknown;
}

/** The document's policy: its own bundle, no other script, no inline style, no other address. */
export function pagePolicy({ source, nonce }: Pick<PageParts, 'source' | 'nonce'>): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source}`,
    `font-src ${source}`,
    `img-src ${source} data:`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

export function pageDocument(parts: PageParts): string {
  return `<!doctype html>
<html lang="${escapeHtml(parts.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${escapeHtml(pagePolicy(parts))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(parts.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${escapeHtml(parts.style)}">
</head>
<body>
<div id="page" data-start="${escapeHtml(JSON.stringify(parts.data))}"></div>
<script nonce="${escapeHtml(parts.nonce)}" src="${escapeHtml(parts.script)}"></script>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
