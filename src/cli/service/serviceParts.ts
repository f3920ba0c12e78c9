/** What the services of all systems have in common. Pure. */

import { createHash } from 'node:crypto';
import path from 'node:path';
import type { AwakeChoice } from '../../client/wakefulness';

export interface ServiceFacts {
  /** Real path of the folder whose queue is meant. */
  workspace: string;
  /** Of the user folder, where the service's own `sparkq` is. */
  userFolder: string;
  /** The user folder is named by a variable, which a service does not inherit. */
  namedUserFolder: boolean;
  /** The queue's storage folder. */
  storage: string;
  /** The user's home folder. */
  home: string;
  /** Where the user's configuration is, for systemd. */
  configFolder: string;
  /** The PATH of whoever installs it: that of a service is short, and its tasks are started with it. */
  searchPath: string;
  /** Of the user, where the system has such ids. */
  uid: number;
  /** When it keeps the machine awake. */
  keepAwake: AwakeChoice;
}

export interface Service {
  /** What the system knows it by. */
  name: string;
  /** The file that describes it, and what it says. */
  file: string;
  text: string;
  encoding: 'utf8' | 'utf16le';
  /** Command lines, in order. */
  install: string[][];
  /** The file is removed between the first and the others. */
  remove: string[][];
  /** Exits with 0 while it is known and active. */
  state: string[];
  /** What a person may want to know besides. */
  notes: string[];
}

/** The same for one folder, and another one for each. */
export function serviceName(workspace: string): string {
  return `sparkq-${createHash('sha256').update(workspace).digest('hex').slice(0, 12)}`;
}

/** The service's own `sparkq`, which finds the newest extension, so that an update does not break the service. */
export function serviceProgram(userFolder: string, platform: NodeJS.Platform): string {
  const { join } = platform === 'win32' ? path.win32 : path.posix;
  return join(userFolder, 'service', platform === 'win32' ? 'sparkq.cmd' : 'sparkq');
}

/** What it calls its `sparkq` with, besides the folder. */
export function upWords({ keepAwake }: ServiceFacts): string[] {
  return ['up', ...(keepAwake === 'never' ? [] : ['--keep-awake', keepAwake])];
}

/** `text` as the content of an XML element. */
export function markupEscaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
