import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type CommandName,
  commands,
  contextKeys,
  queueStates,
  rowCommands,
  settings,
  taskPageType,
  viewContainer,
  views,
} from '../../../src/contributions';

interface Contributed {
  command: string;
  title: string;
  category: string;
}
interface MenuItem {
  command: string;
  submenu?: string;
  when?: string;
  group?: string;
}
interface Setting {
  type: string;
  default: unknown;
  scope: string;
  markdownDescription: string;
  order: number;
  enum?: string[];
  enumDescriptions?: string[];
}
interface Manifest {
  contributes: {
    commands: Contributed[];
    keybindings: { command: string; when: string; args: { selectionIn: string } }[];
    menus: Record<string, MenuItem[]>;
    submenus: { id: string; label: string }[];
    views: Record<string, { id: string; icon: string }[]>;
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    viewsWelcome: { view: string; contents: string; when: string }[];
    walkthroughs: { steps: { description: string; completionEvents: string[]; media: { svg: string } }[] }[];
    configuration: { properties: Record<string, Setting> };
  };
}

const readJson = <T>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as T;
const manifestText = readFileSync('package.json', 'utf8');
const { contributes } = readJson<Manifest>('package.json');
const texts = readJson<Record<string, string>>('package.nls.json');
const sorted = (list: Iterable<string>) => [...list].sort();

describe('the table of contributions', () => {
  it('lists the commands of the manifest, all in one category', () => {
    assert.deepEqual(
      sorted(contributes.commands.map(({ command }) => command)),
      sorted(Object.values(commands)),
    );
    assert.deepEqual(new Set(contributes.commands.map(({ category }) => category)), new Set(['SparkQ']));
  });

  it('lists the views, their container and the settings of the manifest', () => {
    assert.deepEqual(Object.keys(contributes.views), [viewContainer]);
    assert.deepEqual(
      contributes.viewsContainers.activitybar.map(({ id }) => id),
      [viewContainer],
    );
    const contributed = contributes.views[viewContainer] ?? [];
    assert.deepEqual(sorted(contributed.map(({ id }) => id)), sorted(Object.values(views)));
    assert.deepEqual(
      sorted(Object.keys(contributes.configuration.properties)),
      sorted(Object.values(settings)),
    );
  });

  it('lists each context key and each state that a condition tests', () => {
    const conditions = [
      ...Object.values(contributes.menus).flatMap((items) => items.map(({ when }) => when ?? '')),
      ...contributes.viewsWelcome.map(({ when }) => when),
    ];
    const known = new Set<string>([...Object.values(contextKeys), ...Object.values(views), taskPageType]);
    for (const key of conditions.flatMap((when) => when.match(/sparkq\.\w+/g) ?? []))
      assert.ok(known.has(key), key);
    const states = conditions.flatMap((when) =>
      [...when.matchAll(/sparkq\.state [!=]= (\w+)/g)].map((m) => m[1]),
    );
    for (const state of states) assert.ok((queueStates as readonly string[]).includes(state ?? ''), state);
  });

  it('hides from the palette exactly the commands that need a row', () => {
    const hidden = contributes.menus.commandPalette?.filter(({ when }) => when === 'false') ?? [];
    const expected = rowCommands.map((name: CommandName) => commands[name]);
    assert.deepEqual(sorted(hidden.map(({ command }) => command)), sorted(expected));
  });

  it('puts only its own commands in menus, and at most three inline', () => {
    const own = new Set<string>(Object.values(commands));
    const submenus = new Set(contributes.submenus.map(({ id }) => id));
    for (const { command, submenu } of Object.values(contributes.menus).flat())
      assert.ok(submenu === undefined ? own.has(command) : submenus.has(submenu), submenu ?? command);
    const inline =
      contributes.menus['view/item/context']?.filter(({ group }) => group?.startsWith('inline')) ?? [];
    assert.deepEqual(
      inline.filter(({ group }) => !/^inline@[123]$/.test(group ?? '')),
      [],
    );
  });

  it('has keybindings that act on the selection of the focused view', () => {
    const own = new Set<string>(Object.values(commands));
    for (const { command, when, args } of contributes.keybindings) {
      assert.ok(own.has(command), command);
      assert.ok(Object.values<string>(views).includes(args.selectionIn), command);
      assert.equal(when, `focusedView == ${args.selectionIn} && listFocus && !inputFocus`);
    }
  });

  it('gives each setting a default, a description and a scope', () => {
    for (const [id, setting] of Object.entries(contributes.configuration.properties)) {
      assert.notEqual(setting.default, undefined, id);
      assert.match(setting.scope, /^(window|resource|machine|application|machine-overridable)$/, id);
      assert.match(setting.markdownDescription, /^%[\w.]+%$/, id);
      assert.equal(setting.enumDescriptions?.length, setting.enum?.length, id);
    }
  });

  it('links to settings that there are', () => {
    const known = new Set<string>(Object.values(settings));
    for (const text of Object.values(texts))
      for (const [, id = ''] of text.matchAll(/`#([\w.]+)#`/g)) assert.ok(known.has(id), text);
  });

  it('gives each view an icon, and each welcome view at most one link', () => {
    for (const { id, icon } of contributes.views[viewContainer] ?? []) assert.ok(icon, id);
    for (const { contents } of contributes.viewsWelcome) {
      const links = texts[contents.slice(1, -1)]?.match(/\]\(command:/g) ?? [];
      assert.ok(links.length <= 1, contents);
    }
  });

  it('has a walkthrough whose steps complete by context keys, and whose pictures use theme colours', () => {
    assert.equal(contributes.walkthroughs.length, 1);
    const keys = new Set<string>(Object.values(contextKeys));
    for (const { completionEvents, media } of contributes.walkthroughs[0]?.steps ?? []) {
      // The second one completes a step that was done before VS Code read the walkthrough.
      const [event = '', later] = completionEvents;
      assert.ok(keys.has(event.replace('onContext:', '')), event);
      assert.deepEqual([later, completionEvents.length], [`${event} && ${contextKeys.tabOpens}`, 2]);
      const colours = readFileSync(media.svg, 'utf8').match(/(?:fill|stroke)="(?!none)[^"]+"/g) ?? [];
      assert.deepEqual(
        colours.filter((colour) => !colour.includes('var(--vscode-')),
        [],
      );
    }
  });

  it('has a text for each key of the manifest, and no text without a key', () => {
    const used = new Set([...manifestText.matchAll(/%([\w.]+)%/g)].map((match) => match[1] ?? ''));
    assert.deepEqual(sorted(Object.keys(texts)), sorted(used));
  });
});
