import path from 'node:path';
import {
  markupEscaped,
  type Service,
  type ServiceFacts,
  serviceName,
  serviceProgram,
  upWords,
} from './serviceParts';

/**
 * A task at logon. It starts the background process and ends, because Windows would show a window for as long as a
 * program of the console runs in the user's session.
 */
export function taskSchedulerService(facts: ServiceFacts): Service {
  const { workspace, userFolder } = facts;
  const name = serviceName(workspace);
  const file = path.win32.join(userFolder, 'service', `${name}.xml`);
  // A folder's name ends in no backslash, but for that of a drive, which would escape the quote.
  const folder = workspace.replace(/\\$/, '\\\\');
  const text = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `  <RegistrationInfo><Description>SparkQ works on the queue of ${markupEscaped(workspace)}</Description></RegistrationInfo>`,
    '  <Triggers><LogonTrigger><Enabled>true</Enabled></LogonTrigger></Triggers>',
    '  <Principals><Principal id="Author">',
    '    <LogonType>InteractiveToken</LogonType><RunLevel>LeastPrivilege</RunLevel>',
    '  </Principal></Principals>',
    '  <Settings>',
    '    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    '    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>',
    '    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '    <RestartOnFailure><Interval>PT1M</Interval><Count>3</Count></RestartOnFailure>',
    '  </Settings>',
    '  <Actions Context="Author"><Exec>',
    `    <Command>${markupEscaped(serviceProgram(userFolder, 'win32'))}</Command>`,
    `    <Arguments>--workspace ${markupEscaped(`"${folder}"`)} ${upWords(facts).join(' ')}</Arguments>`,
    '  </Exec></Actions>',
    '</Task>',
    '',
  ].join('\r\n');
  const task = `SparkQ\\${name}`;
  return {
    name: task,
    file,
    text,
    encoding: 'utf16le',
    install: [
      ['schtasks.exe', '/Create', '/F', '/TN', task, '/XML', file],
      ['schtasks.exe', '/Run', '/TN', task],
    ],
    remove: [['schtasks.exe', '/Delete', '/F', '/TN', task]],
    state: ['schtasks.exe', '/Query', '/TN', task],
    notes: ['It starts at your next logon again, but not when the process is killed before.'],
  };
}
