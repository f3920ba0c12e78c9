/** The configuration of a workspace as far as it is confirmed: what is not, it names as such. */

import { isDeepStrictEqual } from 'node:util';
import { type Config, type ConfigProblem, type ConfigSource, databasePin, isBroken } from '../core/config';
import type { Unsubscribe } from '../core/events';
import { Listeners } from '../core/listeners';
import type { Log } from '../core/log';
import type { ConfigFile } from './configFile';
import type { Confirmations } from './confirmations';
import { adoptedPins, digestOf, type Pins, pinsOf, unconfirmedIn } from './pins';

export interface ConfirmedConfigOptions {
  log: Log;
  /** Whether the workspace is trusted: before that nothing of it is run, and nothing counts as seen. */
  trusted: () => boolean;
  /** The digest of the only configuration that is confirmed without being asked; for where nobody is there. */
  digest?: string;
  /** Follow what other processes confirm. */
  follow: boolean;
}

export class ConfirmedConfig implements ConfigSource {
  private config: Config;
  private adoptedNames: readonly string[] = [];
  private mismatchSaid = false;
  private readonly changes: Listeners;
  private readonly stops: readonly Unsubscribe[];

  constructor(
    private readonly source: ConfigFile,
    private readonly confirmations: Confirmations,
    private readonly options: ConfirmedConfigOptions,
  ) {
    this.changes = new Listeners(options.log);
    this.config = source.current();
    this.look();
    this.stops = [
      source.onChange(() => {
        this.look();
        this.changes.emit();
      }),
      ...(options.follow ? [confirmations.watch(() => this.refresh())] : []),
    ];
  }

  /** Absolute path; the file may not exist. */
  get file(): string {
    return this.source.file;
  }

  current(): Config {
    return this.config;
  }

  problems(): readonly string[] {
    return this.source.problems();
  }

  diagnostics(): readonly ConfigProblem[] {
    return this.source.diagnostics();
  }

  /** Reads the file again, and what is confirmed of it. */
  async reload(): Promise<void> {
    await this.source.reload();
    this.refresh();
  }

  /** Reads again what is confirmed; call it when the workspace has become trusted. What cannot be read changes nothing. */
  refresh(): void {
    try {
      if (this.look()) this.changes.emit();
    } catch (error) {
      this.options.log.error('What is confirmed of sparkq.yml could not be read', error);
    }
  }

  onChange(listener: () => void): Unsubscribe {
    return this.changes.add(listener);
  }

  /** What this process has taken as confirmed because the workspace was new to it. */
  adopted(): readonly string[] {
    return this.adoptedNames;
  }

  /** What is pinned of the current configuration, and what a person has confirmed. */
  pins(): { pins: Pins; confirmed: Pins } {
    return { pins: pinsOf(this.config), confirmed: this.confirmations.read() ?? {} };
  }

  /** Of all that is pinned now: another one means that something has changed. */
  digest(): string {
    return digestOf(pinsOf(this.config));
  }

  /** Keeps what a person has seen and agreed to; what has changed since then still waits. */
  confirm(pins: Pins): void {
    this.confirmations.confirm(pins);
    this.refresh();
  }

  dispose(): void {
    for (const stop of this.stops) stop();
    this.changes.clear();
  }

  /** Returns whether anything else waits now. */
  private look(): boolean {
    const current = this.source.current();
    const before = this.config.unconfirmed;
    const unconfirmed = this.withheld(current, this.waiting(current));
    this.config = unconfirmed.length === 0 ? current : { ...current, unconfirmed };
    if (isDeepStrictEqual(unconfirmed, before)) return false;
    if (unconfirmed.length > 0) this.options.log.warn(waitingNotice(unconfirmed));
    return true;
  }

  /** A server of a workspace that is not trusted any more is not used, whatever was confirmed. */
  private withheld(config: Config, waiting: readonly string[]): readonly string[] {
    const named = Object.hasOwn(pinsOf(config), databasePin);
    if (!named || waiting.includes(databasePin) || this.options.trusted()) return waiting;
    return [...waiting, databasePin].sort();
  }

  private waiting(config: Config): string[] {
    const { digest } = this.options;
    const pins = pinsOf(config);
    const confirmed = this.confirmations.read();
    if (digest !== undefined) {
      if (digestOf(pins) !== digest) return this.mismatched(pins, confirmed);
      if (confirmed === null || unconfirmedIn(pins, confirmed).length > 0) this.confirmations.confirm(pins);
      return [];
    }
    return unconfirmedIn(pins, confirmed ?? this.firstSight(config));
  }

  /** A person has named another configuration: this one is not taken as confirmed just because it is new. */
  private mismatched(pins: Pins, confirmed: Pins | null): string[] {
    const waiting = unconfirmedIn(pins, confirmed ?? {});
    if (waiting.length > 0 && !this.mismatchSaid) {
      this.mismatchSaid = true;
      this.options.log.warn(`SPARKQ_TRUST names another sparkq.yml than this one: ${digestOf(pins)}`);
    }
    return waiting;
  }

  private firstSight(config: Config): Pins {
    const { trusted, log } = this.options;
    const adopted = adoptedPins(config);
    // Nothing runs in a workspace that is not trusted, and nothing is known of a file that cannot be read.
    if (!trusted() || isBroken(this.source.diagnostics())) return adopted;
    if (!this.confirmations.adopt(adopted)) return this.confirmations.read() ?? {};
    this.adoptedNames = Object.keys(adopted);
    if (this.adoptedNames.length > 0) log.warn(adoptionNotice(this.adoptedNames));
    return adopted;
  }
}

function adoptionNotice(names: readonly string[]): string {
  return `First use of this sparkq.yml, so these count as confirmed: ${names.join(', ')}. Later changes wait for: sparkq trust`;
}

function waitingNotice(names: readonly string[]): string {
  return `sparkq.yml has changed, and this is not used until it is confirmed with sparkq trust: ${names.join(', ')}`;
}
