import * as vscode from 'vscode';
import type { ConfigProblem } from '../../core/config';
import type { ScriptProblem } from '../../scripts/scriptFile';
import type { LoadedScripts, WorkspaceScripts } from '../workspace/workspaceScripts';

const severities: Record<ConfigProblem['severity'], vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  notice: vscode.DiagnosticSeverity.Information,
};

/** Shows problems in sparkq.yml and in the headers of scripts, in the editor and the Problems view. */
export class Diagnostics {
  private readonly marks = vscode.languages.createDiagnosticCollection('sparkq');

  constructor(private readonly scripts: WorkspaceScripts) {}

  register(): vscode.Disposable {
    let unsubscribe = () => {};
    const follow = this.scripts.onDidLoad((loaded) => {
      const ends = [
        loaded.config.onChange(() => this.mark(loaded)),
        loaded.scripts.onChange(() => this.mark(loaded)),
      ];
      unsubscribe = () => {
        for (const end of ends) end();
      };
      this.mark(loaded);
    });
    return vscode.Disposable.from(this.marks, follow, { dispose: () => unsubscribe() });
  }

  private mark({ config, scripts }: LoadedScripts): void {
    this.marks.clear();
    this.marks.set(vscode.Uri.file(config.file), config.diagnostics().map(configMark));
    const marks = new Map<string, vscode.Diagnostic[]>();
    for (const problem of scripts.problems()) {
      marks.set(problem.path, [...(marks.get(problem.path) ?? []), headerMark(problem)]);
    }
    for (const [path, list] of marks) this.marks.set(vscode.Uri.file(scripts.absolutePath(path)), list);
  }
}

function headerMark({ line, column, message }: ScriptProblem): vscode.Diagnostic {
  const range = new vscode.Range(line - 1, column - 1, line - 1, Number.MAX_SAFE_INTEGER);
  return sourced(new vscode.Diagnostic(range, message, severities.warning));
}

function configMark(problem: ConfigProblem): vscode.Diagnostic {
  const range = new vscode.Range(
    problem.line - 1,
    problem.column - 1,
    problem.endLine - 1,
    problem.endColumn - 1,
  );
  return sourced(new vscode.Diagnostic(range, problem.message, severities[problem.severity]));
}

function sourced(diagnostic: vscode.Diagnostic): vscode.Diagnostic {
  diagnostic.source = 'SparkQ';
  return diagnostic;
}
