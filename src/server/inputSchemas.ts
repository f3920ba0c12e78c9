/**
 * The input of each operation, as zod schemas. They validate requests and describe them in OpenAPI. Nothing in them is
 * about HTTP, so that another interface can use them.
 */

import { z } from 'zod';
import {
  afterPolicies,
  failureKinds,
  fileChanges,
  lifeStatuses,
  lostHostPolicies,
  missedPolicies,
  mostChanges,
  onFailureChoices,
  overlapPolicies,
  ownerRoles,
  runNoteCodes,
  taskStatuses,
  worktreeKinds,
} from '../core/model';
import { outputEncodings, outputNames } from '../core/queue';
import { parseInstant, parseSince, parseTime } from '../core/times';
import { isInnerPath, mostTasksPerCall } from '../core/validation';

/** Most rows that one answer lists. */
const pageLimit = 1000;
const runLimit = 10_000;

/** A field that may be left out or null, which means the same. */
function optional<S extends z.ZodType>(schema: S) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const text = z.string();
const positive = z.int('must be a whole number').positive('must be greater than 0');
const instant = text
  .refine(
    (value) => parseInstant(value, 'refused') !== null,
    'must be an instant with its zone such as 2026-01-31T09:00:00Z',
  )
  .describe('An instant, ISO 8601 with its zone');
// The queue counts a delay from its own clock.
const time = text
  .refine(
    (value) => parseTime(value, Date.now(), 'refused') !== null,
    'must be an instant with its zone such as 2026-01-31T09:00:00Z, or a delay such as 10m or 2h',
  )
  .describe('An instant, ISO 8601 with its zone, or a delay such as 10m');
const verify = z.array(text).nullish();
const worktree = z.enum(worktreeKinds).nullish();
const runsOn = z
  .union([z.literal('any'), z.object({ hosts: z.array(text) }), z.object({ labels: z.array(text) })])
  .nullish();
const needs = z.record(text, z.int('must be a whole number')).nullish();
const jsonObject = z.record(text, z.unknown());
const payload = z.union([text, jsonObject], 'must be an object, or JSON text of one');
const git = z.object({ commit: text, branch: text.nullable(), dirty: z.boolean().nullable() });
const innerPath = text.refine(isInnerPath, 'must be a path inside the workspace, with /');
const blob = z
  .string()
  .regex(/^[0-9a-f]{40,64}$/, 'must be the id of a blob')
  .nullable();
const gitEnd = git.extend({
  changes: optional(
    z.object({
      commit: text,
      since: z.enum(['start', 'claim']),
      files: z
        .array(
          z.object({
            path: innerPath,
            before: innerPath.nullable(),
            status: z.enum(fileChanges),
            from: blob,
            to: blob,
          }),
        )
        .max(mostChanges),
      more: z.int().min(0),
    }),
  ).describe('The files that changed since the claim'),
  notes: optional(
    z
      .array(
        z.object({
          code: z.enum(runNoteCodes),
          values: z.object({
            files: optional(z.int().min(0)),
            path: optional(text),
            limit: optional(z.int().min(0)),
            problem: optional(text),
          }),
        }),
      )
      .max(runNoteCodes.length),
  ).describe('What the run did not see, and what was not kept of it'),
});

const wholeNumber = (least: number) =>
  text
    .regex(/^\d{1,15}$/, `Must be a whole number, ${least} or more`)
    .transform(Number)
    .refine((value) => value >= least, `Must be ${least} or more`);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const limit = (least: number) =>
  wholeNumber(least)
    .transform((value) => Math.min(value, pageLimit))
    .default(100)
    .describe(`Most rows to return, up to ${pageLimit}`);
const offset = wholeNumber(0).default(0).describe('Rows to skip');

export const sessionFilter = z.object({ status: z.enum(lifeStatuses).optional(), limit: limit(0), offset });
export const newSession = z.object({
  name: text.describe('1-200 characters'),
  description: text.nullish(),
  unique: optional(z.boolean()).describe('Reject a name that is taken'),
});
export const sessionPatch = z.object({ name: optional(text), description: text.nullish() });

export const streamFilter = z.object({
  session_id: text.optional(),
  status: z.enum(lifeStatuses).optional(),
  limit: limit(0),
  offset,
});
export const newStream = z.object({
  session_id: text.describe('Id or name of the session'),
  name: text.describe('Unique; 1-200 characters'),
  instructions: text.nullish().describe('For everyone who works on the stream'),
  parallelism: optional(positive),
  on_failure: optional(z.enum(onFailureChoices)),
  skip_unrunnable: optional(z.boolean()).describe('Other tasks pass those for outside workers'),
  retry_interrupted: optional(z.boolean()),
  max_attempts: positive.nullish().describe('For tasks that set no number themselves; null: 1'),
  needs: needs.describe('What each of its runs needs of the machine, such as {"gpu": 1}'),
  pass_resting: optional(z.boolean()).describe('Other tasks pass those whose account rests'),
  worktree: worktree.describe('Where its agents work, in place of what their tools say'),
  runs_on: runsOn.describe(
    'Which hosts run its tasks: names or ids (`here`: the one that is asked), or labels; by default that one',
  ),
  lost_host: optional(z.enum(lostHostPolicies)).describe('What becomes of the runs of a host that is silent'),
});
export const streamPatch = z.object({
  name: optional(text),
  instructions: text.nullish(),
  parallelism: optional(positive),
  on_failure: optional(z.enum(onFailureChoices)),
  autostart: optional(z.boolean()),
  working: optional(z.boolean()),
  skip_unrunnable: optional(z.boolean()),
  retry_interrupted: optional(z.boolean()),
  max_attempts: positive.nullish(),
  needs,
  pass_resting: optional(z.boolean()),
  worktree,
  runs_on: runsOn,
  lost_host: optional(z.enum(lostHostPolicies)),
});

const scriptEnd = text.optional().describe('Path of a script in the workspace, or the end of it');
const sinceText = (meaning: string) =>
  text
    .refine(
      (value) => parseSince(value, Date.now(), 'refused') !== null,
      'must be an instant with its zone such as 2026-01-31T09:00:00Z, or an age such as 12h or 7d',
    )
    .optional()
    .describe(`${meaning}: an instant, ISO 8601 with its zone, or an age such as 7d`);

export const taskFilter = z.object({
  stream_id: text.optional().describe('Id of the stream; an unknown id returns an empty list'),
  stream: text.optional().describe('Name or id of the stream'),
  session_id: text.optional(),
  ids: text
    .transform((value) => value.split(',').filter((id) => id.trim() !== ''))
    .optional()
    .describe('Ids of tasks, separated by commas; those that are not there are left out'),
  batch_id: text.optional().describe('Id of a batch; an unknown id returns an empty list'),
  retry_of: text.optional().describe('Id of the task that they are copies of'),
  single: flag.optional().describe('Only tasks that are in no batch of their stream'),
  status: z.enum(taskStatuses).optional(),
  failure_kind: z.enum(failureKinds).optional(),
  stale: flag.optional().describe('Only tasks running for longer than their timeout'),
  asking: flag.optional().describe('Only tasks that wait for the answer to their question'),
  unapproved: flag.optional().describe('Only tasks that wait for approval'),
  unreviewed: flag.optional().describe('Only finished tasks that have not been reviewed'),
  deleted: flag.optional().describe('Only deleted tasks that can still be restored, last deleted first'),
  q: text.optional().describe('Text to find, case-insensitive'),
  script: scriptEnd,
  since: sinceText('Only tasks that finished since, or were enqueued since if they have not finished'),
  order: z.enum(['newest', 'position', 'finished']).optional(),
  limit: limit(1),
  offset,
});
export const runFilter = z.object({
  since: instant.describe('Runs that were running then or started later'),
  until: instant.optional().describe('Runs that started before then'),
  agents: flag
    .optional()
    .describe('Only runs of agents: that say what they used, or whose tool runs an agent'),
  limit: wholeNumber(1)
    .transform((value) => Math.min(value, runLimit))
    .default(1000)
    .describe(`Most runs to return, up to ${runLimit}`),
});
export const historyFilter = z.object({
  q: text.optional().describe('Text to find, case-insensitive'),
  script: scriptEnd,
  since: sinceText('Only tasks that finished since'),
  stream: text.optional().describe('Name or id of the stream, as it was at the purge'),
  status: z.enum(['succeeded', 'failed']).optional(),
  failed: flag.optional().describe('Only failed tasks'),
  limit: limit(1),
  cursor: text.optional().describe('The next_cursor of the page before'),
});
/** What a task is, whenever it is enqueued. */
const workFields = {
  tool_name: text,
  task_class: optional(text).describe("Default: the tool's class, else MEDIUM_SCRIPT"),
  timeout: optional(positive).describe('Seconds after which it is late'),
  kill_after: optional(positive).describe(
    "Seconds after which it is stopped; default: the tool's, else twice the timeout",
  ),
  payload: optional(payload).describe('An object, or JSON text of one'),
  prompt: optional(text).describe('Shorthand for a payload with a prompt'),
  prompt_path: optional(text).describe(
    'File with the prompt; used where neither payload nor prompt is given',
  ),
  metadata: optional(jsonObject).describe('Stored with the prompt; ignored if a payload is given'),
  label: optional(text),
  max_attempts: optional(positive),
  known_tool: optional(z.boolean()).describe('Reject a tool that is not configured'),
};
const taskFields = {
  ...workFields,
  not_before: optional(time),
  after: optional(z.array(text)).describe('Ids of tasks that must finish first'),
  after_batch: optional(text).describe('Id of a batch of which nothing may be left to do first'),
  after_policy: optional(z.enum(afterPolicies)).describe('What happens when one of those fails'),
  git: optional(git),
  needs: needs.describe('What its run needs of the machine, besides what its tool and its stream say'),
  verify: verify.describe('Program and arguments that check what it did, in place of those of its tool'),
  fall_back: optional(z.boolean()).describe(
    "While the account of its tool rests, the tool's `fallback` may run it",
  ),
  worktree: worktree.describe('Where its agent works, in place of what its stream or its tool says'),
};
const streamOfTask = text.describe('Id or name of the stream');
const front = optional(z.boolean()).describe('Before all that is queued in the stream');
export const newTask = z.object({
  stream_id: streamOfTask,
  ...taskFields,
  front,
  idempotency_key: optional(text).describe('The same key in the same stream returns the first task'),
});
export const taskOfMany = z.object({
  key: optional(text).describe('Names the task within the call'),
  ...taskFields,
  after: optional(z.array(text)).describe(
    'Ids of tasks that must finish first, or keys of earlier tasks of the call',
  ),
  idempotency_key: optional(text).describe('Refused: the call has one Idempotency-Key'),
});
export const newTasks = z.object({
  stream_id: streamOfTask,
  tasks: z.array(taskOfMany).describe(`1 to ${mostTasksPerCall} tasks with the fields of one, and \`key\``),
  front,
  batch: optional(text).describe('Id of a batch to add them to; by default they are a new one'),
  label: optional(text).describe('Name of the new batch'),
  parallelism: optional(positive).describe('How many tasks of the new batch run at once at most'),
  stop_after: optional(positive).describe('After so many failures no more tasks of the new batch start'),
});
export const batchFilter = z.object({
  stream: text.optional().describe('Name or id of the stream that they were queued on'),
  open: flag.optional().describe('Only those of which something is left to do'),
  limit: limit(1),
  offset,
});
const scheduleTimes = {
  cron: text.describe('Minute, hour, day of the month, month, day of the week; or a word such as @daily'),
  zone: text.describe('Name of the time zone, such as Europe/Berlin'),
  missed: optional(z.enum(missedPolicies)).describe('At a time when nobody was there; default: skip'),
  overlap: optional(z.enum(overlapPolicies)).describe('While its last task has not finished; default: skip'),
};
export const newSchedule = z.object({
  stream_id: streamOfTask,
  ...scheduleTimes,
  ...workFields,
  front,
});
export const schedulePatch = z.object({
  stream: optional(text).describe('Id or name of the stream'),
  ...scheduleTimes,
  cron: optional(scheduleTimes.cron),
  zone: optional(scheduleTimes.zone),
});
export const scheduleFilter = z.object({
  stream: text.optional().describe('Name or id of the stream'),
  limit: limit(0),
  offset,
});
export const taskPatch = z.object({
  payload: optional(payload),
  prompt: optional(text),
  label: text.nullish(),
  timeout: optional(positive),
  kill_after: positive.nullish().describe('null: twice the timeout'),
  tool_name: optional(text),
  not_before: time.nullish(),
  needs,
  verify,
  fall_back: optional(z.boolean()),
  worktree: worktree.describe('Until its first run'),
});
export const taskMove = z.object({
  stream: optional(text).describe('Id or name of another stream'),
  before: optional(text).describe('Id of a queued task of that stream'),
  after: optional(text).describe('Id of a queued task of that stream'),
  to: optional(z.enum(['front', 'back'])),
});
export const review = z.object({ accepted: z.boolean() });
export const requeueNote = z.object({ note: optional(text).describe('For the next run') });
export const outputRange = z.object({
  stream: z.enum(outputNames).default('stdout').describe('check: all that its check wrote'),
  attempt: wholeNumber(1).optional().describe('Default: the newest'),
  offset: wholeNumber(0).optional().describe('First byte of the original output to return'),
  limit: wholeNumber(1).optional().describe('Bytes; default 1 MB'),
  encoding: z
    .enum(outputEncodings)
    .optional()
    .describe('Default: utf-8; latin1 gives every byte as the character of that number'),
});

const claimFields = {
  worker_id: optional(text).describe('As issued by POST /api/workers'),
  claim_request_id: optional(text).describe('A repeat with the same id returns the same claim'),
  supervised: optional(z.boolean()).describe('The claimer enforces the deadline itself'),
  host_id: optional(text).describe('The host that it claims for: no other one takes a supervised run over'),
  kill_after: optional(positive).describe(
    "Seconds to the deadline, instead of the task's; the claimer sends heartbeats from the start",
  ),
  git: optional(git),
  git_elsewhere: optional(z.array(z.object({ folder: text, git: git.nullable() }))).describe(
    'The git states of other folders, by absolute path: for a task with a `cwd` in one of them, instead of `git`',
  ),
  holding: optional(z.object({ task: text.nullable(), place: z.boolean() })).describe(
    'For what starts runs here: the task for which it holds what that needs of the machine',
  ),
};
export const claim = z.object({
  ...claimFields,
  anyway: optional(z.boolean()).describe('Of a supervised claim: although the account of its tool rests'),
});
export const claimNext = z.object({
  ...claimFields,
  wait: optional(z.number().min(0, 'must be 0 to 60').max(60, 'must be 0 to 60')).describe(
    'Seconds to wait for work',
  ),
  tools: optional(z.array(text)).describe('Only tasks of these tools'),
  outside: optional(z.boolean()).describe('Only tasks whose tool has no command here'),
});
export const release = z.object({ lease: text });
export const abandonment = z.object({
  lease: text,
  note: text.optional().describe('Shown with the task'),
});
export const answer = z.object({
  text: text.describe('The next run gets it with its note'),
  asked_at: optional(text).describe('When the question was asked that is meant: another one is not answered'),
});
const digest = text.describe('As GET /api/tasks/{id}/planned-run has answered it');
const approvalScope = {
  remember: optional(z.boolean()).describe('The same run needs no approval any more in this workspace'),
  follow_ups: optional(z.boolean()).describe(
    'For 12 hours, what the same conversation queues on the same stream needs no approval',
  ),
};
export const approval = z.object({ digest, ...approvalScope });
export const batchApproval = z.object({
  digests: z.record(text, digest).describe('The digest of each task that waits for approval, by its id'),
  ...approvalScope,
});
export const denial = z.object({ reason: optional(text).describe('Reaches whoever queued it') });
export const changedRun = z.object({
  lease: text,
  changes: z.array(text).describe('Names of the parts that differ, such as `file scripts/build.sh`'),
});
export const heartbeat = z.object({
  lease: text,
  progress: optional(z.number().min(0, 'must be 0 to 100').max(100, 'must be 0 to 100')),
  message: optional(text),
  checking: optional(z.boolean()).describe('Whether its check is at work now'),
  kill_after: optional(positive).describe('Seconds from now to the deadline, which starts afresh'),
});
const amount = z.number().min(0).nullable();
const usage = z.object({
  input: amount,
  cached: amount,
  output: amount,
  cost_usd: amount,
  turns: amount,
});
const runFacts = {
  lease: optional(text).describe("The claim's lease; proves that the claim is still live"),
  attempt: optional(positive).describe('The attempt that is meant, where the lease is not known'),
  stdout: optional(text),
  stderr: optional(text),
  exit_code: optional(z.int()),
  stdout_size: optional(z.int().min(0)),
  stderr_size: optional(z.int().min(0)),
  git: optional(gitEnd),
  tool_name: optional(text).describe("The tool that ran it, where it was not the task's own"),
  agent_session: optional(text).describe('By which an agent can go on with it'),
  usage: optional(usage).describe(
    'Of an agent: tokens, and the cost in US dollars; null for what it does not say',
  ),
};
const { stdout: _, stderr: __, ...factsOfEnd } = runFacts;
export const question = z.object({
  ...factsOfEnd,
  lease: text,
  text: text.describe('What a person is asked'),
  choices: optional(z.array(text)).describe('Answers to choose from; any other may be given'),
  attempt: optional(positive).describe('Only of a run of the built-in runner that has ended with a question'),
});
export const completion = z.object({
  result_summary: text.describe('Any text, or a JSON object with a string `summary`'),
  result_data: optional(text).describe('Stored as the result instead of the summary'),
  ...runFacts,
});
export const failure = z.object({
  error_message: text,
  error_type: optional(text).describe('Prefixed to the message'),
  failure_kind: optional(z.enum(failureKinds)),
  retry_after: optional(
    z.union(
      [z.number().min(0), time],
      'must be seconds from now, a delay such as 10m, or an instant with its zone such as 2026-01-31T09:00:00Z',
    ),
  ).describe('Queue the task again, not before this time; spends no attempt'),
  final: optional(z.boolean()).describe('The task has failed, whatever attempts are left'),
  ...runFacts,
});
export const newWorker = z.object({
  label: optional(text),
  agent: optional(text),
  pid: optional(positive),
  cwd: optional(text),
});

export const purge = z.object({
  older_than_days: optional(z.number().min(0, 'must be 0 or more')),
  dry_run: optional(z.boolean()),
  keep_unreviewed: optional(z.boolean()).describe('Purge only reviewed tasks'),
});
export const backup = z.object({ file: text.describe('Absolute path of the file to write') });
export const handover = z.object({ version: text, protocol: z.int(), role: optional(z.enum(ownerRoles)) });
export const scriptSearch = z.object({ q: text.default(''), tag: text.optional() });
export const ticketUse = z.object({ ticket: text, page: text.optional() });
