/** The skill: tells an agent when to queue work, and how. The extension contributes the same text as a file. */

/** Name of the skill, and of its folder. */
export const skillName = 'sparkq';

export const skillText = `---
name: ${skillName}
description: Queue work in SparkQ for later, work on queued tasks one after the other, and report what was done. Use when the user asks to queue, schedule or plan tasks, to go on with the queue, or when a plan has more steps than fit this conversation.
---

# SparkQ: a durable task queue

The queue belongs to the folder of the workspace. It survives the end of this conversation, and a person reviews what was
done. Use the tools of the MCP server \`sparkq\`. Without it, the command \`sparkq\` does the same: \`sparkq --help\`.

## When to queue

- The user wants something done later, overnight, or by another agent.
- A plan has steps that each stand on their own, or more of them than you will finish now.
- Something must not be forgotten: a follow-up that you found and were not asked to do.

Do not queue what you can finish in this turn, nor what the user wants to see now.

## How to queue

1. Queue a plan with one call of \`enqueue_tasks\`: all or none of it is queued. Give each task a \`key\`, and \`after\` where it
   needs the result of another one.
2. Write each prompt for somebody who knows nothing of this conversation: what is to be done, in which files, how one
   sees that it is done.
3. Give an \`idempotency_key\`, so that a repeated call queues nothing twice.
4. Tell the user what you have queued, in its order. A person decides what may run by itself.

## How to work on the queue

1. \`claim_task\` gives the next task. Its \`note\` has what was said of earlier attempts, and the answer to a question.
2. \`update_task\` reports progress, and starts the deadline afresh. If it answers \`cancel_requested\`, stop.
3. \`finish_task\` ends it: \`done\` or \`failed\` with a summary of what you changed and how you checked it; \`release\` if you
   cannot go on; \`needs_input\` with a question, and choices where there are some, if a person has to decide.
4. Claim the next one. After a lost context, \`claim_task\` answers the task that is still open.

Never leave a claimed task open at the end: finish it, or release it.

## When you are a run of the queue

Where \`SPARKQ_TASK_ID\` is set, SparkQ has started you for that task, and you claim nothing to work on it.

1. \`update_task\` shows progress, without a \`task_id\`.
2. Before you end, \`finish_task\` says what came of it, without a \`task_id\` too: \`done\`, \`failed\` or \`needs_input\`. Then end.
3. Ask rather than guess: with \`needs_input\`, you go on once a person has answered, and no attempt is spent.
`;
