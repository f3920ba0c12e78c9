import * as vscode from 'vscode';
import { Labels } from './labels';

/** The labels in the language of the window. */
export const labels = new Labels(vscode.l10n, vscode.env.language);
