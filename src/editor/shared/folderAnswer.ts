import type * as vscode from 'vscode';
import { notify } from './notify';

/** What a person has answered for this folder; undefined as long as nobody has. */
export type FolderAnswer = 'yes' | 'no' | undefined;

/** The question, and the titles of its buttons. */
export interface FolderQuestion {
  question: string;
  yes: string;
  no: string;
}

/** Asks in a notification, and keeps the answer under the key; undefined where it was closed. */
export async function askForFolder(
  memory: vscode.Memento,
  key: string,
  { question, yes, no }: FolderQuestion,
): Promise<FolderAnswer> {
  const pressed = await notify('information', question, yes, no);
  if (pressed === undefined) return undefined;
  const answer = pressed === yes ? 'yes' : 'no';
  await memory.update(key, answer);
  return answer;
}
