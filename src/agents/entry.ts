/** Our entry in the file where an agent keeps its servers. */

import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Agent } from './agent';
import { isRecord, valueAt } from './formats/format';
import { type Insert, says } from './insert';
import type { SetupPlace } from './plan';
import type { StartCommand } from './startCommand';

/** What is written for an agent. */
export function entryOf({ format, entry, path: pathIn }: Agent, start: StartCommand): Insert {
  const ours = entry(start);
  const pathOf = (text: string) => pathIn(text.trim() === '' ? {} : format.parse(text));
  return {
    parse: format.parse,
    stateIn(content) {
      const found = valueAt(content, pathIn(content));
      if (found === undefined) return 'absent';
      return isRecord(found) && says(found, ours) ? 'same' : 'different';
    },
    known(content) {
      const parts = pathIn(content);
      const known = parts.findIndex((_, index) => valueAt(content, parts.slice(0, index + 1)) === undefined);
      return known < 0 ? parts.length : known;
    },
    put: (text) => format.put(text, pathOf(text), ours),
    take: (text, kept) => format.take(text, pathOf(text), kept),
  };
}

/** The file that it is in, or is to be in. */
export function entryFileOf({ scope, folder, home, env }: SetupPlace, agent: Agent): string {
  const candidates =
    scope === 'project'
      ? agent.projectFiles.map((name) => path.join(folder, name))
      : agent.userFiles({ home, env });
  const [usual = ''] = candidates;
  return candidates.find((one) => fs.lstatSync(one, { throwIfNoEntry: false })) ?? usual;
}
