/**
 * Notifications of the operating system, for a person who is using another window. VS Code offers none to extensions,
 * so this runs the system's own program. The text is passed as an argument or a variable, never as part of a script.
 */

import { execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { shortened } from '../../core/cutText';
import { findOnPath, windowsProgram } from '../../system/programs';

export interface NotificationCommand {
  file: string;
  args: readonly string[];
  /** In addition to the environment of this process. */
  env: Readonly<Record<string, string>>;
}

/** Milliseconds; the programs return at once. */
const patience = 10_000;
const longestText = 300;

const appleScript = [
  'on run argv',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  'end run',
];

/** Windows shows notifications only under the name of an installed program, here PowerShell. */
const powerShellScript = `
$manager = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$xml = $manager::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$texts = $xml.GetElementsByTagName('text')
$null = $texts.Item(0).AppendChild($xml.CreateTextNode($env:SPARKQ_NOTICE_TITLE))
$null = $texts.Item(1).AppendChild($xml.CreateTextNode($env:SPARKQ_NOTICE_TEXT))
$toast = New-Object Windows.UI.Notifications.ToastNotification $xml
$manager::CreateToastNotifier('{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe').Show($toast)
`;

/** The command that shows a text; undefined if none is known for this system. */
export function notificationCommand(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
  title: string,
  text: string,
): NotificationCommand | undefined {
  const line = shortened(text.replaceAll(/\s+/g, ' '), longestText);
  switch (platform) {
    case 'linux':
      // The text is not markup.
      return { file: 'notify-send', args: ['--app-name=SparkQ', '--', title, escapeMarkup(line)], env: {} };
    case 'darwin':
      return {
        file: '/usr/bin/osascript',
        args: [...appleScript.flatMap((part) => ['-e', part]), title, line],
        env: {},
      };
    case 'win32':
      return {
        file: windowsProgram(env, 'WindowsPowerShell', 'v1.0', 'powershell.exe'),
        args: ['-NoProfile', '-NonInteractive', '-Command', powerShellScript],
        env: { SPARKQ_NOTICE_TITLE: title, SPARKQ_NOTICE_TEXT: line },
      };
    default:
      return undefined;
  }
}

/** Shows a text. @throws Error if this system has no such program, or it fails */
export async function showSystemNotification(title: string, text: string, env = process.env): Promise<void> {
  const command = notificationCommand(process.platform, env, title, text);
  if (!command) throw new Error(`SparkQ cannot show notifications on ${process.platform}`);
  const file = isAbsolute(command.file) ? command.file : await findOnPath(command.file, env.PATH);
  if (file === null) throw new Error(`SparkQ cannot show notifications: ${command.file} is not installed`);
  await new Promise<void>((resolve, reject) => {
    const options = { env: { ...env, ...command.env }, timeout: patience, windowsHide: true };
    execFile(file, command.args, options, (error) => (error ? reject(error) : resolve()));
  });
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
