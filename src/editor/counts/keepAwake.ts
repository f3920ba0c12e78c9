import * as vscode from 'vscode';
import { settings } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import type { Inhibitor } from '../../system/inhibitor';

/** Milliseconds: events may come many times a second. */
const pace = { delay: 1_000 };
/** Milliseconds after which it is looked at again whether the machine is on its battery. */
const powerInterval = 30_000;

type Choice = 'never' | 'whileRunning' | 'whileWork' | 'whileRunningOnPower' | 'whileWorkOnPower';

/** Keeps the machine awake while tasks run, or are still to run, as the setting says. */
export class KeepAwake {
  private readonly item = vscode.window.createStatusBarItem('awake', vscode.StatusBarAlignment.Left, 9);
  private readonly looking: Coalescer;
  private inhibitor: Inhibitor | null = null;
  private held: Choice | null = null;
  /** It could not be held: not tried again before the setting changes. */
  private refused = false;
  private closed = false;

  constructor(
    private readonly queue: Queue,
    private readonly log: Log,
  ) {
    this.item.name = vscode.l10n.t('SparkQ Keep Awake');
    this.item.text = '$(coffee)';
    this.item.tooltip = vscode.l10n.t('SparkQ keeps this machine awake for its tasks.');
    this.looking = new Coalescer(() => this.look(), pace);
  }

  register(): vscode.Disposable {
    this.looking.request();
    const unsubscribe = this.queue.subscribe(() => this.looking.request());
    const timer = setInterval(
      () => this.choice().endsWith('OnPower') && this.looking.request(),
      powerInterval,
    );
    return vscode.Disposable.from(
      this.item,
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(settings.keepAwake)) return;
        this.refused = false;
        this.looking.request();
      }),
      {
        dispose: () => {
          this.closed = true;
          unsubscribe();
          clearInterval(timer);
          this.looking.stop();
          this.release();
        },
      },
    );
  }

  private choice(): Choice {
    return vscode.workspace.getConfiguration().get<Choice>(settings.keepAwake, 'never');
  }

  private async look(): Promise<void> {
    try {
      const choice = this.choice();
      const wanted = !this.refused && (await this.isWanted(choice));
      if (this.closed || wanted === (this.held === choice)) return;
      this.release();
      if (wanted) await this.hold(choice);
    } catch (error) {
      this.log.debug(`Whether to keep the machine awake is not known: ${messageOf(error)}`);
    }
  }

  private async isWanted(choice: Choice): Promise<boolean> {
    if (choice === 'never') return false;
    const { counts } = await this.queue.status();
    const work = counts.running > 0 || (choice.startsWith('whileWork') && (await this.hasMore()));
    if (!work || !choice.endsWith('OnPower')) return work;
    const { isOnPower } = await import('../../system/inhibitor');
    return isOnPower();
  }

  /** Whether a stream that is worked on has queued tasks that no person keeps waiting. */
  private async hasMore(): Promise<boolean> {
    const streams = await everything((page) => this.queue.listStreams({ ...page, status: 'active' }));
    return streams.some(
      ({ working, paused, counts, waiting_reason: stuck }) =>
        working && !paused && counts.queued > 0 && stuck === null,
    );
  }

  private async hold(choice: Choice): Promise<void> {
    const { Inhibitor } = await import('../../system/inhibitor');
    const inhibitor = await Inhibitor.hold({
      why: 'Tasks are running',
      onPower: choice.endsWith('OnPower'),
      onLost: () => this.release(),
    });
    if (inhibitor === null) {
      this.refused = true;
      this.log.warn('This system cannot be kept awake: see the setting sparkq.keepAwake');
    } else if (this.closed) inhibitor.release();
    else {
      this.inhibitor = inhibitor;
      this.held = choice;
      this.item.show();
    }
  }

  private release(): void {
    this.inhibitor?.release();
    this.inhibitor = null;
    this.held = null;
    this.item.hide();
  }
}
