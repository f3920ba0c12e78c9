import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigFile } from '../../../src/config/configFile';
import { Confirmations } from '../../../src/config/confirmations';
import { ConfirmedConfig, type ConfirmedConfigOptions } from '../../../src/config/confirmedConfig';
import { placeNow } from '../../../src/config/databasePlace';
import { canRun, runnableTools } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import { useFolder } from '../../support/folders';

const ours = 'tools:\n  report: {command: make}\n';
const changed = 'tools:\n  report: {command: [make, all]}\n  new: {command: x}\n';

describe('What a person has confirmed of a configuration', () => {
  const folder = useFolder('home', 'work');
  const opened: { dispose(): void }[] = [];
  afterEach(() => {
    for (const one of opened.splice(0)) one.dispose();
  });

  const write = (text: string) => writeFileSync(path.join(folder(), 'work', 'sparkq.yml'), text);
  const confirmations = () => new Confirmations(path.join(folder(), 'home'), path.join(folder(), 'work'));

  async function open(more: Partial<ConfirmedConfigOptions> = {}) {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (message: string) => void warnings.push(message) };
    const file = await ConfigFile.open(path.join(folder(), 'work'), silentLog);
    const config = new ConfirmedConfig(file, confirmations(), {
      log,
      trusted: () => true,
      follow: false,
      ...more,
    });
    opened.push(config, file);
    return { config, warnings };
  }

  it('are the tools that are there when the workspace is first seen, which a notice names', async () => {
    write(ours);
    const { config, warnings } = await open();
    assert.deepEqual(config.current().unconfirmed, []);
    assert.deepEqual(config.adopted(), ['tools.report']);
    assert.match(warnings[0] ?? '', /count as confirmed: tools\.report\. Later changes wait/);
    assert.equal(warnings.length, 1);
    const again = await open();
    assert.deepEqual([again.config.adopted(), again.warnings], [[], []]);
  });

  it('is a server for the queue only once that is said, and while the workspace is trusted', async () => {
    const ofServer = (schema: string) => `database: {url: "postgresql://db/w", schema: ${schema}}\n`;
    write(ofServer('a'));
    const { config } = await open();
    assert.deepEqual(config.current().unconfirmed, ['database']);
    config.confirm(config.pins().pins);
    assert.deepEqual(config.current().unconfirmed, []);
    const restricted = await open({ trusted: () => false });
    assert.deepEqual(restricted.config.current().unconfirmed, ['database']);
    write(ofServer('b'));
    await config.reload();
    assert.deepEqual(config.current().unconfirmed, ['database']);
    assert.equal(placeNow(config.current(), {}), undefined);
  });

  it('does not include a later change, also in a workspace that had no file', async () => {
    await open();
    write(changed);
    const { config, warnings } = await open();
    assert.deepEqual(config.current().unconfirmed, ['tools.new', 'tools.report']);
    assert.match(
      warnings[0] ?? '',
      /not used until it is confirmed with sparkq trust: tools\.new, tools\.report/,
    );
    assert.equal(canRun(config.current(), 'report'), false);
    assert.equal(runnableTools(config.current()).includes('run-bash'), true);
  });

  it('is asked for once: what was confirmed is not asked for again, whatever else changes', async () => {
    write(ours);
    const { config } = await open();
    let changes = 0;
    config.onChange(() => {
      changes += 1;
    });
    write(changed);
    await config.reload();
    assert.deepEqual([config.current().unconfirmed.length, changes], [2, 1]);
    config.confirm(config.pins().pins);
    assert.deepEqual([config.current().unconfirmed, changes], [[], 2]);
    write(`${changed}project: {name: other}\n`);
    await config.reload();
    write(ours);
    await config.reload();
    assert.deepEqual(config.current().unconfirmed, ['tools.report']);
  });

  it('is what was seen: a change that came since then waits', async () => {
    write(ours);
    const { config } = await open();
    write(changed);
    await config.reload();
    const seen = config.pins().pins;
    write('tools:\n  report: {command: [make, worse]}\n  new: {command: x}\n');
    await config.reload();
    config.confirm(seen);
    assert.deepEqual(config.current().unconfirmed, ['tools.report']);
  });

  it('is noticed where another process confirms it', async () => {
    write(ours);
    const { config } = await open({ follow: true });
    write(changed);
    await config.reload();
    const noticed = new Promise<void>((resolve) => config.onChange(resolve));
    const other = await open();
    other.config.confirm(other.config.pins().pins);
    await noticed;
    assert.deepEqual(config.current().unconfirmed, []);
  });

  it('is nothing in a workspace that is not trusted, where nothing counts as seen', async () => {
    write(ours);
    let trusted = false;
    const { config } = await open({ trusted: () => trusted });
    assert.deepEqual([config.current().unconfirmed, config.adopted()], [[], []]);
    assert.equal(confirmations().read(), null);
    trusted = true;
    config.refresh();
    assert.deepEqual(config.adopted(), ['tools.report']);
  });

  it('is adopted only from a file that can be read', async () => {
    write('tools: [');
    const { config } = await open();
    assert.equal(confirmations().read(), null);
    write(ours);
    await config.reload();
    assert.deepEqual([config.current().unconfirmed, config.adopted()], [[], ['tools.report']]);
  });

  it('is exactly what SPARKQ_TRUST names', async () => {
    write(ours);
    const digest = (await open({ trusted: () => false })).config.digest();
    write(changed);
    const other = await open({ digest });
    assert.deepEqual(other.config.current().unconfirmed, ['tools.new', 'tools.report']);
    assert.match(
      other.warnings[0] ?? '',
      new RegExp(`another sparkq.yml than this one: ${other.config.digest()}`),
    );
    assert.equal(confirmations().read(), null);
    write(ours);
    const { config } = await open({ digest });
    assert.deepEqual([config.current().unconfirmed, config.adopted()], [[], []]);
    assert.deepEqual(confirmations().read(), config.pins().pins);
  });

  it('is decided by whoever opens a new workspace first, and is nothing where the file is damaged', async () => {
    assert.equal(confirmations().adopt({ 'tools.report': { command: ['first'] } }), true);
    assert.equal(confirmations().adopt({ 'tools.report': { command: ['second'] } }), false);
    assert.deepEqual(confirmations().read(), { 'tools.report': { command: ['first'] } });
    confirmations().revoke();
    assert.deepEqual(confirmations().read(), {});
    const kept = path.join(folder(), 'home', 'confirmed');
    for (const name of readdirSync(kept)) writeFileSync(path.join(kept, name), '{"confirmed":');
    write(ours);
    assert.deepEqual((await open()).config.current().unconfirmed, ['tools.report']);
  });
});
