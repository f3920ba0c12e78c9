/**
 * What of a configuration is pinned: whatever makes SparkQ start something. A person confirms it, and from then on a
 * change of it waits until that is confirmed as well.
 */

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  type Config,
  databasePin,
  defaultConfig,
  enqueuePin,
  hookNames,
  hookPin,
  outsideTool,
  type ScheduleConfig,
  schedulePin,
  type ToolConfig,
  toolPin,
} from '../core/config';
import { bypassesPermissions } from './permissionBypass';

/** What is pinned, by its name in the file (`tools.report`). Values are those of JSON. */
export type Pins = Readonly<Record<string, unknown>>;

/** A part of the configuration. */
interface Part {
  pins(config: Config): Pins;
  /** Whether what is there when a workspace is first seen counts as confirmed. */
  adopted: boolean;
}

const parts: readonly Part[] = [
  { pins: (config) => toolPins(config, (tool) => !bypassesPermissions(tool)), adopted: true },
  // An agent that may do anything does so only once a person has said so.
  { pins: (config) => toolPins(config, bypassesPermissions), adopted: false },
  { pins: hookPins, adopted: false },
  { pins: schedulePins, adopted: false },
  { pins: agentPins, adopted: false },
  // Another server's tasks run here, and ours go there, only once a person has said so.
  { pins: databasePins, adopted: false },
];

/** All that is pinned of a configuration. */
export function pinsOf(config: Config): Pins {
  return merged(parts, config);
}

/** What of it counts as confirmed when a workspace is first seen. */
export function adoptedPins(config: Config): Pins {
  return merged(
    parts.filter(({ adopted }) => adopted),
    config,
  );
}

/** The names of what differs from what was confirmed, sorted. What has gone from the file starts nothing. */
export function unconfirmedIn(pins: Pins, confirmed: Pins): string[] {
  return Object.keys(pins)
    .filter((name) => !Object.hasOwn(confirmed, name) || canonical(pins[name]) !== canonical(confirmed[name]))
    .sort();
}

/** SHA-256 of the pins, as hexadecimal digits; their order does not matter. */
export function digestOf(pins: Pins): string {
  return createHash('sha256').update(canonical(pins)).digest('hex');
}

function merged(from: readonly Part[], config: Config): Pins {
  return Object.assign({}, ...from.map((part) => part.pins(config)));
}

/** These say when and how long a task may run and what is shown of it, not what is started. */
const notPinned: ReadonlySet<string> = new Set<keyof ToolConfig>([
  'description',
  'task_class',
  'timeout',
  'kill_after',
  'problem_matcher',
  'needs',
  'idle_timeout',
]);

/** Of each tool that is run here, the keys in which it differs from the built-in one, or from none. */
function toolPins({ tools }: Config, wanted: (tool: ToolConfig) => boolean): Pins {
  const pins: Record<string, unknown> = {};
  for (const [name, tool] of Object.entries(tools)) {
    if (tool.command === null || !wanted(tool)) continue;
    const base = Object.hasOwn(defaultConfig.tools, name) ? defaultConfig.tools[name] : undefined;
    const own = decisiveKeys(tool, base ?? outsideTool);
    if (Object.keys(own).length > 0) pins[toolPin(name)] = own;
  }
  return pins;
}

function hookPins({ hooks }: Config): Pins {
  return Object.fromEntries(
    hookNames.flatMap((name) => (hooks[name] === undefined ? [] : [[hookPin(name), hooks[name]]])),
  );
}

function schedulePins({ schedules }: Config): Pins {
  return Object.fromEntries(
    Object.entries(schedules).map(([name, schedule]) => [schedulePin(name), pinOfSchedule(schedule)]),
  );
}

function databasePins({ database: { url, hosts, schema } }: Config): Pins {
  if (!url) return {};
  return { [databasePin]: { url, ...(hosts.length > 0 && { hosts }), ...(schema !== null && { schema }) } };
}

/** Agents are to start nothing by themselves until a person says so. */
function agentPins({ agents: { enqueue } }: Config): Pins {
  return enqueue === defaultConfig.agents.enqueue ? {} : { [enqueuePin]: enqueue };
}

/** What a schedule says that decides what is started and when, without the keys that it leaves out. */
export function pinOfSchedule({ needs: _, ...schedule }: ScheduleConfig): Record<string, unknown> {
  const isGiven = ([, value]: [string, unknown]) =>
    value !== null && (!Array.isArray(value) || value.length > 0);
  return Object.fromEntries(Object.entries(schedule).filter(isGiven));
}

/** What of a tool decides what is started, as far as it differs from `base`. */
export function decisiveKeys(tool: ToolConfig, base: ToolConfig): Partial<ToolConfig> {
  const keys = (Object.keys(tool) as (keyof ToolConfig)[]).filter((key) => !notPinned.has(key));
  return Object.fromEntries(
    keys.filter((key) => !isDeepStrictEqual(tool[key], base[key])).map((key) => [key, tool[key]]),
  );
}

/** The same text for equal values. */
export function canonical(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** The value with the keys of each object in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
