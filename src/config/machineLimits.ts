/** The user's `machine.yml`: how much of the machine all queues together may use. */

import { parseDocument } from 'yaml';
import * as z from 'zod';
import { type MachineLimits, noLimits } from '../core/config';
import { messageOf } from '../core/errors';
import { mostOfResource, resourceName } from '../core/validation';

const count = (most: number) => z.int().min(1).max(most);

/** A word: labels are listed with commas in between. */
const hostLabel = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u;

const shape = {
  max_running: count(10_000),
  worktrees_max_gb: z.number().positive().max(1_000_000),
  host: z
    .object({ name: z.string().trim().min(1).max(100), labels: z.array(z.string().regex(hostLabel)) })
    .partial(),
  accept: z.array(z.string().min(1).max(63)),
  resources: z.record(z.string().regex(resourceName), z.int().min(0).max(mostOfResource)),
} as const;

/** What of the text is valid is used; the rest is said, a sentence each. */
export function parseMachineLimits(text: string): { limits: MachineLimits; problems: string[] } {
  const document = parseDocument(text);
  if (document.errors.length > 0) return { limits: noLimits, problems: document.errors.map(firstLine) };
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== 'object' || content === null || Array.isArray(content))
    return { limits: noLimits, problems: ['The file must be a mapping of keys to values.'] };
  const problems: string[] = [];
  const read = <K extends keyof typeof shape>(key: K, rule: string): z.output<(typeof shape)[K]> | null => {
    const value = (content as Record<string, unknown>)[key] ?? null;
    const { success, data } = shape[key].safeParse(value);
    if (value !== null && !success) problems.push(`${key} must be ${rule}; it is ignored.`);
    return success ? (data as z.output<(typeof shape)[K]>) : null;
  };
  const limits = {
    max_running: read('max_running', 'a whole number from 1'),
    worktrees_max_gb: read('worktrees_max_gb', 'a number of gigabytes'),
    host: {
      name: null,
      labels: [],
      ...read('host', 'a mapping of name and labels, such as {name: build-box, labels: [gpu]}'),
    },
    accept: read('accept', 'a list of the names of roles') ?? [],
    resources: read('resources', 'a mapping of names to whole numbers, such as {gpu: 2}') ?? {},
  };
  const unknown = Object.keys(content).filter((key) => !(key in shape));
  return {
    limits,
    problems: [...problems, ...unknown.map((key) => `The key ${key} is unknown and ignored.`)],
  };
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0] ?? '';
}
