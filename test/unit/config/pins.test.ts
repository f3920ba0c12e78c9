import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/config/parse';
import { adoptedPins, digestOf, type Pins, pinsOf, unconfirmedIn } from '../../../src/config/pins';
import { pinsDiff, pinsText } from '../../../src/config/pinsText';
import { type Config, defaultConfig, enqueueMode } from '../../../src/core/config';

function configOf(text: string): Config {
  const { config, problems } = parseConfig(text);
  assert.deepEqual(problems, []);
  assert.ok(config);
  return config;
}

const pinsIn = (text: string): Pins => pinsOf(configOf(text));

describe('What is pinned of a configuration', () => {
  it('is nothing of the defaults, of the class and the times of tools, and of tools for outside workers', () => {
    assert.deepEqual(pinsOf(defaultConfig), {});
    const harmless = 'run-bash: {description: x, task_class: FAST_SCRIPT, timeout: 5, kill_after: 9}';
    const outside = 'mine: {env: {A: b}}\n  run-python: {command: null}';
    assert.deepEqual(pinsIn(`project: {name: x}\ntools:\n  ${harmless}\n  ${outside}\n`), {});
  });

  it('is what tools that are run here say themselves', () => {
    const text =
      'tools:\n  report: {command: make, args: [report], cwd: sub, timeout: 7, nice: 10, memory_max: 4G, needs: {gpu: 1}}\n  run-bash: {env: {A: b}}\n';
    assert.deepEqual(pinsIn(text), {
      'tools.report': { command: ['make', 'report'], cwd: 'sub', nice: 10, memory_max: '4G' },
      'tools.run-bash': { env: { A: 'b' } },
    });
    assert.deepEqual(adoptedPins(configOf(text)), pinsIn(text));
  });

  it('is an agent that may do anything, which is not taken as confirmed at first sight', () => {
    const config = configOf(
      'tools:\n  careful: {agent: claude}\n  bold: {agent: claude, permission: bypassPermissions}\n  wild: {agent: codex, args: [--yolo]}\n',
    );
    assert.deepEqual(Object.keys(pinsOf(config)).sort(), ['tools.bold', 'tools.careful', 'tools.wild']);
    assert.deepEqual(Object.keys(adoptedPins(config)), ['tools.careful']);
  });

  it('is each hook, which is not taken as confirmed at first sight', () => {
    const config = configOf('hooks: {on_idle: [mail, me]}\ntools:\n  report: {command: make}\n');
    assert.deepEqual(pinsOf(config)['hooks.on_idle'], ['mail', 'me']);
    assert.deepEqual(Object.keys(adoptedPins(config)), ['tools.report']);
    const { problems } = parseConfig('hooks: {on_idle: mail me}');
    assert.match(problems[0]?.message ?? '', /use a list, \[mail, me\], or \[sh, -c, LINE\] for a shell\.$/);
  });

  it('is what agents may start, where that is not to ask: it counts once it is confirmed', () => {
    const config = configOf('agents: {enqueue: all}');
    assert.deepEqual([pinsOf(config), adoptedPins(config)], [{ 'agents.enqueue': 'all' }, {}]);
    assert.deepEqual(pinsIn('agents: {enqueue: ask}'), {});
    const modes = [[], ['agents.enqueue']].map((unconfirmed) => enqueueMode({ ...config, unconfirmed }));
    assert.deepEqual(modes, ['all', 'ask']);
  });

  it('has a digest that depends on what is pinned alone', () => {
    const one = pinsIn('tools:\n  a: {command: x, env: {A: "1", B: "2"}}\n  b: {command: y}\n');
    const same = pinsIn(
      '# later\ntools:\n  b: {command: [y], timeout: 3}\n  a: {env: {B: "2", A: "1"}, command: x}\n',
    );
    assert.equal(digestOf(one), digestOf(same));
    assert.match(digestOf(one), /^[0-9a-f]{64}$/);
    assert.notEqual(digestOf(one), digestOf(pinsIn('tools:\n  a: {command: x}\n  b: {command: y}\n')));
  });

  it('waits where it is new or another one, not where it has gone', () => {
    const confirmed = { 'tools.a': { command: ['x'] }, 'tools.gone': { command: ['z'] } };
    const now = { 'tools.a': { command: ['x', '-f'] }, 'tools.b': { command: ['y'] } };
    assert.deepEqual(unconfirmedIn(now, confirmed), ['tools.a', 'tools.b']);
    assert.deepEqual(unconfirmedIn({ 'tools.a': { command: ['x'] } }, confirmed), []);
    assert.deepEqual(unconfirmedIn({ 'tools.constructor': 1 }, confirmed), ['tools.constructor']);
  });

  it('is shown line by line, with what was confirmed', () => {
    const confirmed = { 'tools.a': { command: ['make', 'all'], cwd: 'sub' } };
    const now = { 'tools.a': { command: ['make', 'all', '-B'], cwd: 'sub' }, 'tools.b': { shell: true } };
    assert.deepEqual(pinsDiff(['tools.a', 'tools.b'], confirmed, now), [
      '  tools.a:',
      '    command:',
      '      - make',
      '      - all',
      '+     - -B',
      '    cwd: sub',
      '+ tools.b:',
      '+   shell: true',
    ]);
    assert.equal(pinsText(confirmed), 'tools.a:\n  command:\n    - make\n    - all\n  cwd: sub\n');
  });
});
