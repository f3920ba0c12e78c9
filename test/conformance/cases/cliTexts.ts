/** The texts of the command line that people and programs know. */

import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { localText } from '../../../src/core/times';
import { newLane, newName, some } from '../door';
import { type CliCase, refused } from './cliCase';

export const cliTextsCases: readonly CliCase[] = [
  {
    name: 'the texts of sessions',
    rows: ['cli.session', 'cli.errors', 'decided.session-names'],
    async run(cli, owner) {
      const name = newName('session');
      const made = await cli.ok('session', 'create', ` ${name} `, '-i', 'What for');
      assert.match(made, new RegExp(`^Created session: ${name} \\(ses_[0-9a-f]{12}\\)\n$`));
      assert.equal((await owner.queue.getSession(name)).description, 'What for');
      const [table, twice, blank, bad, unknown] = await Promise.all([
        cli.ok('session', 'list', '-s', 'active'),
        cli.run(['session', 'create', name]),
        cli.run(['session', 'create', ' ']),
        cli.run(['session', 'list', '--status', 'open']),
        cli.run(['session', 'end', 'no-such']),
      ]);
      const [empty, head, rule, first] = table.split('\n');
      assert.deepEqual([empty, rule], ['', '-'.repeat(60)]);
      assert.match(some(head), /^Name {16} Status {4} Started {13} Streams$/);
      assert.match(
        some(first),
        new RegExp(`^${name} +active +\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}(?:Z|[+-][\\d:]{5}) +0$`),
      );
      refused(twice, 1, `Error: Invalid session name: ${name}`);
      refused(blank, 1, 'Error: Session name is required');
      refused(bad, 1, 'Error: Invalid status: open', 'Valid options: active, ended');
      refused(
        unknown,
        1,
        'Error: Session not found: no-such',
        'Suggestion: List available: sparkq session list',
      );
      assert.equal(await cli.ok('session', 'end', name), `Ended session: ${name}\n`);
      refused(
        await cli.run(['session', 'end', name]),
        1,
        /^Error: .* not allowed in ended state$/,
        /^Suggestion: Try: /,
      );
    },
  },
  {
    name: 'the texts of streams',
    rows: ['cli.stream', 'decided.name-or-id', 'decided.ended-stream'],
    async run(cli, owner) {
      const session = await owner.queue.createSession({ name: newName('session') });
      const [name, plain] = [newName('lane'), newName('lane')];
      const long = 'x'.repeat(60);
      const lines = (await cli.ok('stream', 'create', name, '-s', session.name, '-i', long)).split('\n');
      assert.match(some(lines[0]), new RegExp(`^Created stream: ${name} \\(str_[0-9a-f]{12}\\)$`));
      assert.equal(lines[1], `Instructions: ${'x'.repeat(50)}...`);
      assert.match(
        await cli.ok('stream', 'create', plain, '--session', session.id),
        /^Created stream: \S+ \(str_\w+\)\n$/,
      );
      const [table, taken, none, bare] = await Promise.all([
        cli.ok('stream', 'list', '-s', session.name),
        cli.run(['stream', 'create', name, '-s', session.name]),
        cli.run(['stream', 'create', 'x', '-s', 'no-such']),
        cli.run(['stream', 'create', 'x']),
      ]);
      const [empty, head, rule, first] = table.split('\n');
      assert.deepEqual([empty, rule], ['', '-'.repeat(55)]);
      assert.match(some(head), /^Name {16} Session {8} Status {4} Tasks$/);
      assert.match(some(first), new RegExp(`^${plain} +${session.name} +active +0$`));
      refused(taken, 1, `Error: Invalid stream name: ${name}`);
      refused(none, 1, 'Error: Session not found: no-such');
      assert.equal(bare.code, 2);
      const { id } = await owner.queue.getStream(name);
      assert.equal(await cli.ok('stream', 'end', name), `Stream ${id} ended successfully\n`);
      refused(await cli.run(['stream', 'end', id]), 1, /not allowed in ended state$/);
      refused(
        await cli.run(['enqueue', '-s', name, '-t', 'llm-haiku']),
        1,
        'Error: Enqueue not allowed in ended state',
        /^Suggestion: Try: /,
      );
    },
  },
  {
    name: 'add queues words as an argument list and one with blanks as a line, by default in main',
    rows: ['cli.add'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const words = await cli.run(['add', 'echo', 'a b', '--json']);
      assert.match(words.stdout, /^Task tsk_[0-9a-f]{12} added to stream 'main': echo 'a b' --json\n$/);
      assert.match(
        words.stderr,
        /^No worker is running for stream 'main'\.\nSuggestion: .*sparkq watch main\n$/,
      );
      // Behind the first word, --json would be one of the command.
      const add = async (...args: string[]): Promise<unknown> =>
        JSON.parse(await cli.ok('--json', 'add', '-s', lane.name, ...args));
      const [list, line, one] = await Promise.all([
        add('--', 'make', '-j', '2'),
        add('--shell', 'bash', 'make -j 2'),
        add('make'),
      ]);
      const given = (answer: unknown) => {
        const { tool_name: tool, payload } = answer as { tool_name: string; payload: object };
        return [tool, { ...payload, env: undefined }];
      };
      assert.deepEqual([list, line, one].map(given), [
        ['run-command', { argv: ['make', '-j', '2'], env: undefined }],
        ['run-shell', { line: 'make -j 2', shell: 'bash', env: undefined }],
        ['run-command', { argv: ['make'], env: undefined }],
      ]);
      assert.equal((await cli.run(['add', '--shell', 'bash', 'make', 'test'])).code, 2);
    },
  },
  {
    name: 'add queues many as a batch, which is shown, cancelled and retried as a whole',
    rows: ['cli.batch', 'cli.lists'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const words = ['add', '-s', lane.name, '--each', '-'];
      const dry = await cli.run([...words, '--dry-run', 'cat', '{}'], { input: 'a b\n数\n' });
      assert.deepEqual(
        [dry.code, dry.stdout, dry.stderr],
        [0, "cat 'a b'\ncat 数\n", '2 tasks; nothing was queued\n'],
      );
      assert.equal((await owner.queue.listTasks({ stream: lane.name })).total, 0);
      const options = ['-j', '2', '--stop-after', '1', '--then', 'make report', '--then-policy', 'hold'];
      const added = await cli.run([...words, ...options, '--print-id', 'cat', '{}'], { input: 'a b\n数\n' });
      const id = added.stdout.trim();
      const batch = JSON.parse(await cli.ok('batch', id, '--json'));
      assert.deepEqual(batch, await owner.queue.getBatch(id));
      assert.deepEqual([batch.parallelism, batch.stop_after, batch.counts.queued], [2, 1, 2]);
      const { items } = await owner.queue.listTasks({ stream: lane.name, order: 'position' });
      assert.deepEqual(
        items.map(({ tool_name, after_batch, after_policy }) => [tool_name, after_batch, after_policy]),
        [
          ['run-command', null, 'fail'],
          ['run-command', null, 'fail'],
          ['run-shell', id, 'hold'],
        ],
      );
      await owner.queue.fail(String(items[0]?.id), { error_message: 'no' });
      assert.equal(
        await cli.ok('batch', id),
        `Batch ${id}: 1 queued, 1 failed; stopped after its failures\nIts failed tasks: sparkq tasks --batch ${id} --status failed\n`,
      );
      assert.equal(await cli.ok('batch', id, 'retry'), `Batch ${id}: 2 queued\n`);
      assert.equal(await cli.ok('batch', id, 'cancel'), `Batch ${id}: 2 cancelled\n`);
      refused(await cli.run(['batch', id, 'retry']), 1, /has failed$/);
      assert.equal((await cli.run(['add', '-j', '2', 'make'])).code, 2);
      assert.equal((await cli.run(['add', '--each', '*', 'cat {} | wc'])).code, 2);
      const listed = JSON.parse(await cli.ok('batch', '--stream', lane.name, '--json'));
      assert.deepEqual(listed, [await owner.queue.getBatch(id)]);
    },
  },
  {
    name: 'enqueue checks its options in a fixed order and keeps their values',
    rows: ['cli.enqueue', 'cli.payload', 'decided.tools-list', 'words.classes', 'decided.bad-timeouts'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const enqueue = (...args: string[]) => cli.run(['enqueue', ...args]);
      const known = ['-s', lane.name, '-t', 'llm-haiku'];
      const prompt = path.join(owner.root, 'prompt.md');
      await fs.writeFile(prompt, 'Write it\ndown');
      const metadata = { deep: { quote: '"', line: 'a\nb', list: [1, null] } };
      const [first, asked, list, ...bad] = await Promise.all([
        enqueue(...known),
        enqueue(...known, '-p', prompt, '-m', JSON.stringify(metadata)),
        cli.run(['list', 'tools']),
        enqueue('-s', ' ', '-t', 'nope', '--task-class', 'nope'),
        enqueue('-s', 'nope', '-t', ' ', '--task-class', 'nope'),
        enqueue(...known, '--task-class', ' '),
        enqueue('-s', 'nope', '-t', 'nope', '-p', '/nope', '-m', 'nope'),
        enqueue('-s', lane.name, '-t', 'nope', '-p', '/nope', '-m', 'nope'),
        enqueue(...known, '-p', '/nope', '-m', 'nope'),
        enqueue(...known, '-m', 'nope'),
        enqueue(...known, '--timeout', '0'),
        enqueue(...known, '--timeout', 'soon'),
        enqueue('-s', lane.name),
      ]);
      const line = /^Task (tsk_[0-9a-f]{12}) enqueued to stream '(.*)'\n$/;
      assert.equal(line.exec(some(first).stdout)?.[2], lane.name);
      const plain = await owner.queue.getTask(some(line.exec(some(first).stdout)?.[1]));
      assert.deepEqual(plain.payload_json, { prompt: '', metadata: {} });
      const task = await owner.queue.getTask(some(line.exec(some(asked).stdout)?.[1]));
      assert.deepEqual(task.payload_json, { prompt: 'Write it\ndown', metadata });
      assert.match(some(list).stdout, /llm-haiku/);
      const [stream, tool, taskClass, unknown, unknownTool, file, json, zero, soon, noTool] = bad.map(some);
      refused(some(stream), 1, 'Error: Stream is required');
      refused(some(tool), 1, 'Error: Tool is required');
      refused(some(taskClass), 1, 'Error: Task class is required');
      refused(some(unknown), 1, 'Error: Stream not found: nope');
      refused(some(unknownTool), 1, 'Error: Tool not found: nope', /sparkq tools list.*sparkq list tools/);
      refused(some(file), 1, /^Error: .*not found: \/nope$/);
      refused(some(json), 1, 'Error: Invalid metadata: nope', /^Suggestion: Provide valid JSON/);
      refused(some(zero), 1, /^Error: Invalid timeout: 0/);
      for (const usage of [soon, noTool]) assert.equal(usage?.code, 2);
    },
  },
  {
    name: 'peek and claim print text, or JSON with --json',
    rows: ['cli.peek-claim', 'decided.peek-claim-json', 'cli.json', 'decided.bare-claim'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue }, { instructions: 'Be brief' });
      const [peekNone, claimNone, peekJson, claimJson] = await Promise.all([
        cli.ok('peek', '-s', lane.name),
        cli.ok('claim', '-s', lane.name),
        cli.ok('peek', '-s', lane.name, '--json'),
        cli.ok('claim', '-s', lane.name, '--json'),
      ]);
      assert.equal(peekNone, 'No queued tasks\n');
      assert.equal(claimNone, `No queued tasks in stream '${lane.name}'\n`);
      assert.deepEqual([peekJson, claimJson], ['', '']);
      const prompt = 'y'.repeat(120);
      const first = await lane.add({ prompt });
      const second = await lane.add();
      const [peek, shown, listed] = await Promise.all([
        cli.ok('peek', '-s', lane.stream.id),
        cli.json('peek', '-s', lane.name),
        cli.ok('claim'),
      ]);
      assert.equal(
        peek,
        `Task ${first.id}: llm-haiku (task_class: LLM_LITE)\nQueued: ${localText(first.created_at)}\nPrompt: ${prompt.slice(0, 100)}...\n`,
      );
      const { payload, stream } = shown as { payload: object; stream: object };
      assert.deepEqual(payload, { prompt });
      assert.deepEqual(stream, { id: lane.stream.id, name: lane.name, instructions: 'Be brief' });
      assert.match(listed, new RegExp(`^- ${lane.name} \\(${lane.stream.id}\\).*\\b2\\b`, 'm'));
      assert.equal(
        await cli.ok('claim', '-s', lane.name),
        `Task ${first.id}: llm-haiku\nStream: ${lane.name}\nInstructions: Be brief\nPrompt: ${prompt}\n`,
      );
      const claim = (await cli.json('claim', '-s', lane.name)) as Record<string, unknown>;
      assert.equal(claim.id, second.id);
      for (const key of ['lease', 'lease_until', 'deadline']) assert.equal(typeof claim[key], 'string', key);
      assert.deepEqual(claim.stream, stream);
      refused(await cli.run(['claim', '-s', 'no-such']), 1, 'Error: Stream not found: no-such');
      refused(await cli.start(['claim', '--task', first.id]).exited, 4);
    },
  },
  {
    name: 'complete, fail and requeue report the outcome',
    rows: ['cli.complete-fail', 'cli.requeue', 'decided.task-command', 'decided.complete-text'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      const claimed = async () => {
        const { id } = await lane.add();
        await owner.queue.claimTask(id);
        return id;
      };
      const ids = await Promise.all(Array.from({ length: 5 }, claimed));
      const [text = '', file = '', summary = '', cut = '', failing = ''] = ids;
      const report = path.join(owner.root, 'report.json');
      await fs.writeFile(report, '{"summary": "From the file", "n": 1}');
      const long = path.join(owner.root, 'report.txt');
      await fs.writeFile(long, 'z'.repeat(300));
      const [done] = await Promise.all([
        cli.ok('complete', text, '--result', 'Work finished', '--stdout', 'out'),
        cli.ok('complete', file, '-r', report),
        cli.ok('complete', summary, '--summary', 'Mine', '-f', report),
        cli.ok('complete', cut, '-r', '', '-f', long),
      ]);
      assert.equal(done, `Task ${text} marked as succeeded\n`);
      const stored = async (id: string) => {
        const { result, result_summary } = await owner.queue.getTask(id);
        return [result, result_summary];
      };
      const json = await fs.readFile(report, 'utf8');
      assert.deepEqual(await stored(file), [json, 'From the file']);
      assert.deepEqual(await stored(summary), [json, 'Mine']);
      assert.deepEqual(await stored(cut), ['z'.repeat(300), 'z'.repeat(200)]);
      const [blank, gone, none, late, empty] = await Promise.all([
        cli.run(['complete', failing, '-r', ' ']),
        cli.run(['complete', failing, '-r', 'x', '-f', '/nope']),
        cli.run(['complete', failing]),
        cli.run(['complete', text, '-r', 'again']),
        cli.run(['fail', failing, '-e', ' ']),
      ]);
      refused(some(blank), 1, 'Error: Result summary is required');
      refused(some(gone), 1, 'Error: Result file not found: /nope');
      assert.equal(none?.code, 2);
      refused(some(late), 1, 'Error: Complete not allowed in succeeded state', /^Suggestion: Try: /);
      refused(some(empty), 1, 'Error: Error message is required');
      const said = await cli.ok('fail', failing, '-e', 'MSG', '--error-type', 'T', '--stderr', 'oops');
      assert.equal(said, `Task ${failing} marked as failed\n`);
      assert.equal((await owner.queue.getTask(failing)).error, 'T: MSG');
      const again = await cli.ok('requeue', failing);
      assert.match(again, new RegExp(`^Task ${failing} requeued as tsk_[0-9a-f]{12}\n$`));
      const copy = some(/as (tsk_\w+)/.exec(again)?.[1]);
      refused(
        await cli.run(['requeue', copy]),
        1,
        'Error: Requeue not allowed in queued state',
        /^Suggestion: Try: /,
      );
      const shown = await cli.ok('task', failing);
      assert.match(shown, new RegExp(`${failing}[^]*T: MSG`));
    },
  },
  {
    name: 'tasks are a table, with a limit on request',
    rows: ['cli.tasks', 'decided.order', 'decided.stale'],
    async run(cli, owner) {
      const lane = await newLane({ behind: owner.queue });
      assert.equal(await cli.ok('tasks', '--stream', lane.name), 'No tasks found\n');
      await lane.add();
      const last = await lane.add({ tool_name: 'a-tool-with-a-name-of-more-than-25' });
      await owner.queue.claimNext(lane.name);
      const tasks = (...args: string[]) => cli.ok('tasks', '--stream', lane.name, ...args);
      const [table, claimed, running, one, zero, stale, bad, minus] = await Promise.all([
        tasks(),
        tasks('--status', 'claimed', '--json'),
        tasks('-s', 'running', '--json'),
        tasks('-l', '1', '--json'),
        tasks('--limit', '0'),
        tasks('--stale', '--json'),
        cli.run(['tasks', '--status', 'gone']),
        cli.run(['tasks', '--limit', '-1']),
      ]);
      const lines = table.split('\n');
      const [empty, found, , head, rule, first] = lines;
      assert.deepEqual([empty, found, rule], ['', 'Found 2 task(s):', '-'.repeat(95)]);
      assert.match(some(head), /^ID {13} Stream {14} Tool {21} Status {6} Created {14}Label$/);
      assert.match(
        some(first),
        new RegExp(`^${last.id} ${lane.name} +a-tool-with-a-name-of-\\.{3} queued +\\d{4}-`),
      );
      assert.equal(JSON.parse(claimed).length, 1);
      assert.equal(claimed, running);
      assert.deepEqual([JSON.parse(one).length, JSON.parse(one)[0].id], [1, last.id]);
      assert.equal(zero, 'No tasks found\n');
      refused(
        some(minus),
        1,
        'Error: Invalid limit: -1',
        /^Suggestion: Provide a whole number of at least 0/,
      );
      assert.deepEqual(JSON.parse(stale), []);
      refused(
        some(bad),
        1,
        'Error: Invalid status: gone',
        /^Valid options: queued, running, claimed, succeeded, failed$/,
      );
    },
  },
  {
    name: 'scripts are listed and searched',
    rows: ['cli.scripts', 'scripts.index', 'decided.search-none'],
    async run(cli) {
      const [list, hello, tag, none] = await Promise.all([
        cli.ok('scripts', 'list'),
        cli.ok('scripts', 'search', 'SHIP'),
        cli.ok('scripts', 'search', 'python'),
        cli.ok('scripts', 'search', 'none'),
      ]);
      const lines = list.trimEnd().split('\n');
      assert.equal(lines[0], 'Scripts (3 total):');
      assert.equal(lines[1], `  ${'deploy'.padEnd(30)} ${'Ship the site'.padEnd(30)} release, web`);
      assert.match(some(lines[2]), /^ {2}plain {26}—/);
      assert.equal(hello.split('\n')[0], "Search results for 'SHIP' (1 match):");
      assert.match(tag, /\(1 match\):\n {2}Report /);
      assert.equal(none, "No scripts found matching 'none'.\n");
    },
  },
];
