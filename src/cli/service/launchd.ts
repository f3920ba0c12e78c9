import path from 'node:path';
import { backgroundLog } from '../../client/background';
import {
  markupEscaped,
  type Service,
  type ServiceFacts,
  serviceName,
  serviceProgram,
  upWords,
} from './serviceParts';

/** An agent of the user. Its runs are left when it ends (AbandonProcessGroup). */
export function launchdService(facts: ServiceFacts): Service {
  const { workspace, userFolder, namedUserFolder, storage, home, uid, searchPath } = facts;
  const label = `dev.sparkq.${serviceName(workspace)}`;
  const file = path.posix.join(home, 'Library', 'LaunchAgents', `${label}.plist`);
  const words = ['--workspace', workspace, ...upWords(facts), '--foreground'];
  const program = [serviceProgram(userFolder, 'darwin'), ...words];
  const variables = { PATH: searchPath, ...(namedUserFolder && { SPARKQ_HOME: userFolder }) };
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    '  <key>Label</key>',
    `  <string>${label}</string>`,
    '  <key>ProgramArguments</key>',
    '  <array>',
    ...program.map((word) => `    <string>${markupEscaped(word)}</string>`),
    '  </array>',
    '  <key>EnvironmentVariables</key>',
    '  <dict>',
    ...Object.entries(variables).map(
      ([name, value]) => `    <key>${name}</key><string>${markupEscaped(value)}</string>`,
    ),
    '  </dict>',
    '  <key>RunAtLoad</key>',
    '  <true/>',
    '  <key>KeepAlive</key>',
    '  <dict><key>SuccessfulExit</key><false/></dict>',
    '  <key>AbandonProcessGroup</key>',
    '  <true/>',
    '  <key>StandardErrorPath</key>',
    `  <string>${markupEscaped(backgroundLog(storage))}</string>`,
    '</dict>',
    '</plist>',
    '',
  ];
  const domain = `gui/${uid}`;
  return {
    name: label,
    file,
    text: lines.join('\n'),
    encoding: 'utf8',
    install: [['launchctl', 'bootstrap', domain, file]],
    remove: [['launchctl', 'bootout', `${domain}/${label}`]],
    state: ['launchctl', 'print', `${domain}/${label}`],
    notes: [],
  };
}
