import * as vscode from 'vscode';
import { randomHex } from '../../core/ids';
import { type PageName, pageDocument } from '../../pages/document';

/** Where the bundles of the pages lie. */
export function pagesFolder(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, 'dist', 'pages');
}

/**
 * Draws a page in a webview. It may load nothing but its own bundle.
 * @param page `commands`: what its links may call, none by default
 */
export function showPage(
  webview: vscode.Webview,
  extension: vscode.Uri,
  page: { name: PageName; title: string; data: unknown; commands?: readonly string[] },
): void {
  const folder = pagesFolder(extension);
  const address = (file: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, file)).toString();
  webview.options = {
    enableScripts: true,
    enableCommandUris: page.commands ?? false,
    localResourceRoots: [folder],
  };
  webview.html = pageDocument({
    title: page.title,
    language: vscode.env.language,
    script: address(`${page.name}.js`),
    style: address(`${page.name}.css`),
    source: webview.cspSource,
    nonce: randomHex(16),
    data: page.data,
  });
}
