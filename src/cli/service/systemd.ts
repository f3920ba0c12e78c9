import path from 'node:path';
import { type Service, type ServiceFacts, serviceName, serviceProgram, upWords } from './serviceParts';

/** A user unit. Its runs are in its control group, but have supervisors of their own: they are left when it stops. */
export function systemdService(facts: ServiceFacts): Service {
  const { workspace, userFolder, namedUserFolder, configFolder, searchPath } = facts;
  const name = `${serviceName(workspace)}.service`;
  const program = serviceProgram(userFolder, 'linux');
  const command = [program, '--workspace', workspace, ...upWords(facts), '--foreground'];
  const lines = [
    '[Unit]',
    `Description=SparkQ works on the queue of ${specifiersEscaped(workspace)}`,
    '',
    '[Service]',
    `ExecStart=${command.map(word).join(' ')}`,
    `Environment=${quoted(`PATH=${searchPath}`)}`,
    ...(namedUserFolder ? [`Environment=${quoted(`SPARKQ_HOME=${userFolder}`)}`] : []),
    'Restart=on-failure',
    'RestartSec=5',
    // What its `sparkq` exits with once the extension is gone.
    'RestartPreventExitStatus=127',
    'KillMode=process',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ];
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args];
  return {
    name,
    file: path.posix.join(configFolder, 'systemd', 'user', name),
    text: lines.join('\n'),
    encoding: 'utf8',
    install: [systemctl('daemon-reload'), systemctl('enable', '--now', name)],
    remove: [systemctl('disable', '--now', name), systemctl('daemon-reload')],
    state: systemctl('is-active', '--quiet', name),
    notes: [
      'It runs while you are logged in. To run it from the start of the machine, and after you log out: loginctl enable-linger',
    ],
  };
}

/** `$` would name a variable. */
function word(text: string): string {
  return quoted(text.replaceAll('$', '$$$$'));
}

function quoted(text: string): string {
  return `"${specifiersEscaped(text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'))}"`;
}

function specifiersEscaped(text: string): string {
  return text.replaceAll('%', '%%').replaceAll('\n', ' ');
}
