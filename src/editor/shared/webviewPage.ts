import * as vscode from 'vscode';
import { shortened } from '../../core/cutText';
import { randomHex } from '../../core/ids';
import type { Log } from '../../core/log';
import { type PageName, pageDocument } from '../../pages/document';

import type { CommandRegistry } from './commandRegistry';

/** The folder of the pages' bundles. */
export function pagesFolder(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, 'dist', 'pages');
}

/**
 * Shows a page in a webview. It may load nothing but its own bundle.
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

export interface MessageHandling<T> {
  /** Of the page, for the log. */
  name: string;
  /** Loads what checks messages: a large library, and most windows never show a page. */
  load: () => Promise<(value: unknown) => T | undefined>;
  handle: (message: T) => Promise<void>;
}

/** Handles the messages of a page. Each valid one is confirmed, so that the page can say when nobody answers. */
export function handleMessages<T extends { type: string }>(
  webview: vscode.Webview,
  { log, commands }: { log: Log; commands: CommandRegistry },
  { name, load, handle }: MessageHandling<T>,
): vscode.Disposable {
  return webview.onDidReceiveMessage(async (value) => {
    const read = await load();
    const message = read(value);
    if (message === undefined) {
      log.warn(`${name} sent an invalid message: ${shortened(String(JSON.stringify(value)), 200)}`);
      return;
    }
    void webview.postMessage({ type: 'received' });
    await commands.run(`${name}: ${message.type}`, () => handle(message));
  });
}
