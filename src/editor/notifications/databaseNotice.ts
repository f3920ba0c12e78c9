import * as vscode from 'vscode';
import type { ConfirmedConfig } from '../../config/confirmedConfig';
import { placeNow } from '../../config/databasePlace';
import { notify } from '../shared/notify';
import type { QueueAccess } from '../workspace/queueAccess';

/** Offers to open the queue again where sparkq.yml, as far as it is confirmed, has it elsewhere by now. */
export class DatabaseNotice {
  private offered: string | undefined;

  constructor(
    private readonly config: ConfirmedConfig,
    private readonly access: QueueAccess,
  ) {
    this.offered = placeNow(config.current(), process.env);
  }

  register(): vscode.Disposable {
    return new vscode.Disposable(this.config.onChange(() => void this.look()));
  }

  private async look(): Promise<void> {
    const place = placeNow(this.config.current(), process.env);
    if (place === undefined || place === this.offered) return;
    this.offered = place;
    const again = vscode.l10n.t('Open Again');
    const text = vscode.l10n.t(
      'sparkq.yml has the queue elsewhere now. That counts when it is opened again.',
    );
    if ((await notify('information', text, again)) === again) await this.access.reopen();
  }
}
