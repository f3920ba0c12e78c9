import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/config/parse';
import { type Config, type ConfigSource, defaultConfig } from '../../../src/core/config';
import { Listeners } from '../../../src/core/listeners';
import { silentLog } from '../../../src/core/log';

/** A configuration that changes. */
export class Changing implements ConfigSource {
  private readonly changes = new Listeners(silentLog);
  private config: Config = defaultConfig;

  constructor(text: string, unconfirmed: readonly string[] = []) {
    this.set(text, unconfirmed);
  }

  set(text: string, unconfirmed: readonly string[] = []): void {
    const { config, problems } = parseConfig(text);
    assert.deepEqual(problems, []);
    this.config = { ...(config ?? defaultConfig), unconfirmed };
    this.changes.emit();
  }

  current = () => this.config;
  problems = () => [];
  diagnostics = () => [];
  reload = async () => {};
  onChange = (listener: () => void) => this.changes.add(listener);
}
