import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ServiceKind, serviceOf } from '../../../../src/cli/service/service';
import type { ServiceFacts } from '../../../../src/cli/service/serviceParts';

const posix: ServiceFacts = {
  workspace: '/home/ann/my $10 "shop" & <50%>',
  userFolder: '/home/ann/.sparkq',
  namedUserFolder: true,
  storage: '/home/ann/.sparkq/queues/shop',
  home: '/home/ann',
  configFolder: '/home/ann/.config',
  searchPath: '/home/ann/bin:/usr/bin',
  uid: 1000,
  keepAwake: 'never',
};
const windows: ServiceFacts = {
  ...posix,
  workspace: 'C:\\Users\\Ann\\my shop & more',
  userFolder: 'C:\\Users\\Ann\\AppData\\Local\\sparkq',
};

/** `UPDATE_DOCS=1` writes the files. */
function golden(name: string, text: string): void {
  const file = `test/fixtures/service/${name}`;
  if (process.env.UPDATE_DOCS) writeFileSync(file, text);
  assert.equal(text, readFileSync(file, 'utf8'));
}

describe('The service of a folder', () => {
  const kinds: [ServiceKind, ServiceFacts, string][] = [
    ['systemd', posix, 'sparkq.service'],
    ['launchd', posix, 'sparkq.plist'],
    ['taskScheduler', windows, 'sparkq.xml'],
  ];
  for (const [kind, facts, name] of kinds) {
    it(`is written for ${kind} as in ${name}`, () => {
      const { text, file, install, remove, state } = serviceOf(kind, facts);
      golden(name, text);
      const commands = [...install, [`rm ${file}`], ...remove, state].map((words) => words.join(' '));
      golden(`${name}.commands`, `${commands.join('\n')}\n`);
    });
  }

  it('keeps the machine awake as it was installed to', () => {
    for (const [kind, facts] of kinds) {
      const { text } = serviceOf(kind, { ...facts, keepAwake: 'whileWork' });
      const words =
        text
          .split('<Arguments>')
          .pop()
          ?.replace(/<\/?string>|["\s]+/g, ' ') ?? '';
      assert.match(words, / up +--keep-awake +whileWork/, kind);
    }
  });

  it('has a name of its own for each folder', () => {
    const name = (workspace: string) => serviceOf('systemd', { ...posix, workspace }).name;
    assert.equal(name('/a'), name('/a'));
    assert.notEqual(name('/a'), name('/b'));
  });
});
