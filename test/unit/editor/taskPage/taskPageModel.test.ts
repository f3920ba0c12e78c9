import assert from 'node:assert/strict';
import { toInstant } from '../../../../src/core/clock';
import {
  type Attempt,
  failureKinds,
  type PlannedRun,
  type Run,
  type Task,
  type WorktreeKind,
} from '../../../../src/core/model';
import { english } from '../../../../src/core/translator';
import { type TaskPageFacts, TaskPageModel } from '../../../../src/editor/taskPage/taskPageModel';
import { stateIcons } from '../../../../src/pages/taskPage/stateIcons';
import { aTask } from '../../../support/sampleRows';

const model = new TaskPageModel(english);
const birth = Date.UTC(2026, 0, 31, 8);
const at = (seconds: number) => toInstant(birth + seconds * 1_000);

function anAttempt(part: Partial<Attempt> = {}): Attempt {
  return {
    task_id: 'tsk_000000000001',
    number: 1,
    worker_id: 'wrk_000000000001',
    host_id: null,
    started_at: at(60),
    finished_at: null,
    outcome: null,
    exit_code: null,
    summary: null,
    error: null,
    stdout_size: 0,
    stderr_size: 0,
    git: null,
    git_ended: null,
    tool_name: null,
    agent_session: null,
    usage: null,
    ...part,
  };
}

function viewOf(task: Partial<Task>, facts: Partial<TaskPageFacts> = {}) {
  return model.viewOf({
    task: aTask(task),
    stream: { name: 'auth' },
    attempts: [],
    waiting: null,
    names: new Map(),
    runnable: true,
    trusted: true,
    attempt: 0,
    ...facts,
  });
}

const offers = (...given: Parameters<typeof viewOf>) =>
  viewOf(...given).actions.map(({ command }) => command);

describe('a task page', () => {
  it('shows what a task would start, and how that is approved, while it waits', () => {
    const planned: PlannedRun = {
      digest: 'd1',
      parts: {},
      command: ['bash', 'a b.sh'],
      problem: null,
      folder: '/w',
      env: { A: '1', B: '2' },
      input: 'Write it\u202e',
      check: null,
      files: [
        { path: 'a b.sh', text: 'echo one\n', bytes: 9 },
        { path: 'gone.md', text: null, bytes: 0 },
      ],
    };
    const task = {
      approval: 'pending',
      origin: { kind: 'agent', via: 'claude' },
      batch_id: 'bat_1',
    } as const;
    const view = viewOf(task, { planned });
    assert.deepEqual([view.state.word, view.state.icon], ['needs approval', 'shield']);
    assert.deepEqual(view.approval, {
      digest: 'd1',
      notice: null,
      facts: [
        { name: 'Command', value: "bash 'a b.sh'" },
        { name: 'Folder', value: '/w' },
        { name: 'Environment', value: 'A=1\nB=2' },
      ],
      texts: [
        { title: 'Reads from its input', text: 'Write it\ufffd' },
        { title: 'File a b.sh, 9 bytes', text: 'echo one\n' },
        { title: 'File gone.md, 0 bytes', text: null },
      ],
      ways: [
        { title: 'Approve', remember: false, follow_ups: false },
        { title: 'Approve and Remember', remember: true, follow_ups: false },
      ],
      plan: 'Approve All of This Plan',
    });
    assert.deepEqual(view.facts.find(({ name }) => name === 'Queued by')?.value, 'an agent (claude)');
    assert.equal(
      view.actions.some(({ command }) => command === 'runTask' || command === 'claim'),
      false,
    );

    const ways = (part: Partial<Task>, facts: Partial<TaskPageFacts> = {}) =>
      viewOf({ ...task, ...part }, { planned, ...facts }).approval?.ways.map(({ title }) => title);
    const talked = { origin: { kind: 'agent', conversation: 'c1' } } as const;
    assert.deepEqual(ways(talked), ['Approve', 'Approve and Remember', 'Approve, With Follow-Ups']);
    assert.deepEqual(ways(talked, { trusted: false }), []);
    assert.equal(viewOf({ ...task, batch_id: null }, { planned }).approval?.plan, null);
    assert.equal(viewOf({}).approval, null);
  });

  it('says why what was approved or shown is to be looked at again', () => {
    const planned: PlannedRun = {
      ...{
        digest: 'd2',
        parts: {},
        command: null,
        folder: null,
        env: {},
        input: null,
        check: null,
        files: [],
      },
      problem: 'The script is gone',
    };
    const changed = { approval: 'pending', approval_changes: ['file a.sh', 'tool'] } as const;
    const { approval } = viewOf(changed, { planned });
    assert.equal(approval?.notice, 'It was approved, and has changed since: file a.sh, tool.');
    assert.deepEqual(approval?.facts, [{ name: 'Cannot start', value: 'The script is gone' }]);
    assert.match(viewOf(changed, { planned, outdated: true }).approval?.notice ?? '', /look again/);
  });

  it('shows what the worker asks, and offers to answer before all else', () => {
    const question = { text: 'Drop the old table?', choices: ['yes', 'no'], asked_at: at(0) };
    const view = viewOf({ question });
    const { text, choices } = question;
    assert.deepEqual(view.question, { text, choices, askedAt: at(0) });
    assert.deepEqual([view.state.word, view.state.icon], ['needs an answer', 'question']);
    assert.equal(offers({ question })[0], 'answer');
    assert.equal(offers({ question }).includes('runTask'), false);
    assert.equal(viewOf({}).question, null);
    assert.equal(offers({}).includes('answer'), false);
  });

  it('begins with the last lines of a failed run, where they say more than its error', () => {
    const failed = {
      status: 'failed',
      failure_kind: 'error',
      error: 'exit 2: no target',
      attempts: 1,
    } as const;
    const lines = (
      stderr: string | null,
      stdout: string | null = 'on stdout',
      task: Partial<Task> = failed,
    ) => viewOf(task, { output: { stdout, stderr, check: 'a test\nfailed' } }).lastLines;
    const many = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`);
    assert.equal(lines(`${many.join('\n')}\n\n`), many.slice(2).join('\n'));
    assert.equal(lines('\u001b[31mred\u001b[0m\nno target\n'), 'red\nno target');
    assert.equal(lines('no target\n'), null);
    assert.equal(lines(' \n'), 'on stdout');
    assert.equal(lines(null, null), null);
    assert.equal(lines('x'.repeat(500))?.length, 400);
    assert.equal(lines('a\nb', null, { ...failed, failure_kind: 'cancelled' }), null);
    assert.equal(lines('a\nb', null, { status: 'succeeded' }), null);
    assert.equal(lines('a\nb', null, { ...failed, failure_kind: 'verify' }), 'a test\nfailed');
    assert.equal(viewOf(failed).lastLines, null);
  });

  it('says why a task waits, and what can be done', () => {
    const view = viewOf({ label: 'Build' }, { waiting: 'Next to start.' });
    assert.equal(view.name, 'Build');
    assert.deepEqual(view.state, {
      icon: 'circle-large-outline',
      word: 'queued',
      tone: 'waiting',
      why: 'Next to start.',
    });
    assert.deepEqual(offers({}), [
      'runTask',
      'claim',
      'editPayload',
      'verifyWith',
      'moveToStream',
      'park',
      'duplicate',
      'cancel',
      'copyTaskId',
      'deleteTask',
    ]);
  });

  it('offers the output once there may be one', () => {
    assert.ok(!offers({}).includes('showOutput'));
    for (const status of ['queued', 'running', 'succeeded', 'failed'] as const)
      assert.ok(offers({ status, attempts: 1 }).includes('showOutput'), status);
  });

  it('offers to copy and to open what there is', () => {
    assert.ok(!offers({}).some((command) => /^copy(Output|Command)$|^openScript$/.test(command)));
    assert.ok(offers({ attempts: 1 }).includes('copyOutput'));
    assert.ok(offers({ payload_json: { argv: ['make'] } }).includes('copyCommand'));
    const script = offers({ payload_json: { script_path: 'a.sh' } });
    assert.ok(script.includes('copyCommand') && script.includes('openScript'));
  });

  it('does not offer to run a task in an untrusted workspace, or without a command', () => {
    assert.equal(offers({}, { trusted: false })[0], 'claim');
    assert.equal(offers({}, { runnable: false })[0], 'claim');
    assert.ok(!offers({ status: 'succeeded' }, { trusted: false }).includes('runAgain'));
    assert.equal(offers({ parked: true })[0], 'unpark');
  });

  it('offers the most likely action first', () => {
    assert.equal(offers({ status: 'running', supervised: true })[0], 'cancel');
    assert.equal(offers({ status: 'running', supervised: true, suspended: true })[0], 'continueRun');
    assert.equal(offers({ status: 'running' })[0], 'complete');
    const failed = { status: 'failed', failure_kind: 'error' } as const;
    assert.equal(offers(failed)[0], 'runAgain');
    assert.equal(offers(failed, { trusted: false })[0], 'requeueWithNote');
    assert.equal(offers({ ...failed, payload_json: { prompt: 'Mend it' } })[0], 'requeueWithNote');
    assert.equal(offers(failed).filter((command) => command === 'runAgain').length, 1);
    assert.equal(offers({ status: 'succeeded' })[0], 'accept');
    assert.equal(offers({ status: 'succeeded', reviewed_at: at(99) })[0], 'requeueWithNote');
    assert.ok(!offers({ status: 'running' }).includes('deleteTask'));
  });

  it('shows the last runs of the same work, oldest first, and links to copies', () => {
    const run = (task_id: string, outcome: Run['outcome'], seconds: number): Run => ({
      task_id,
      number: 1,
      stream_id: 'str_000000000001',
      name: 'run-bash',
      script_path: null,
      tool_name: 'run-bash',
      queued_at: at(0),
      started_at: at(0),
      finished_at: at(seconds),
      outcome,
      exit_code: null,
      ...{ stand_in: null, usage: null },
    });
    const runs = [run('tsk_3', 'error', 1), run('tsk_2', 'succeeded', 90), run('tsk_1', 'succeeded', 30)];
    const { lastRuns } = viewOf({ payload_json: {}, label: null }, { runs });
    assert.equal(lastRuns?.usual, 'It usually takes 1m.');
    assert.deepEqual(
      lastRuns?.runs.map(({ taskId, took, tone }) => [taskId, took, tone]),
      [
        ['tsk_1', 30_000, 'succeeded'],
        ['tsk_2', 90_000, 'succeeded'],
        ['tsk_3', 1_000, 'failed'],
      ],
    );
    assert.equal(viewOf({ label: 'other work' }, { runs }).lastRuns, null);
    const copies = [{ id: 'tsk_0000000000aa', created_at: at(1) }];
    assert.ok(viewOf({}, { copies }).facts.some(({ taskId }) => taskId === 'tsk_0000000000aa'));
  });

  it('says of a task of the history what is gone, and offers nothing that needs it', () => {
    const { gone, actions, facts } = viewOf({ status: 'succeeded', attempts: 1 }, { purgedAt: at(0) });
    assert.ok(!facts.some(({ name }) => name === 'Review'));
    assert.match(gone ?? '', /history on .*2026.*output is gone/);
    assert.deepEqual(
      actions.map(({ command }) => command),
      ['copyTaskId'],
    );
    assert.equal(viewOf({}).gone, null);
  });

  it('has a sentence for each kind of failure, and an icon for each outcome', () => {
    for (const kind of failureKinds) {
      const { state } = viewOf({ status: 'failed', failure_kind: kind, exit_code: 3 });
      assert.match(state.why ?? '', /^[A-Z].*\.$/, kind);
      assert.ok(stateIcons[state.icon], state.icon);
    }
    for (const outcome of [...failureKinds, 'succeeded', 'superseded', 'released', null] as const) {
      const [attempt] = viewOf({}, { attempts: [anAttempt({ outcome })] }).attempts;
      assert.ok(stateIcons[attempt?.outcome.icon ?? ''], outcome ?? 'running');
      assert.ok(attempt?.outcome.word);
    }
  });

  it('says that a run is late, and that it was asked to stop', () => {
    const late = viewOf({ status: 'running', stale_warned_at: at(9), timeout: 90, kill_after: 150 });
    assert.equal(late.state.why, 'It has exceeded its timeout of 1m 30s, and will be stopped after 2m 30s.');
    assert.match(viewOf({ status: 'running', cancel_requested: true }).state.why ?? '', /being cancelled/);
  });

  it('says when a run is late and when it is stopped, and never calls one late that is stopped by then', () => {
    const { timing } = viewOf({ status: 'running', timeout: 90, kill_after: 150 });
    assert.deepEqual(
      [timing.limits, timing.lateAfter],
      ['Timeout: late after 1m 30s, stopped after 2m 30s', 90],
    );
    const exact = viewOf({ status: 'running', timeout: 300, kill_after: 120 }).timing;
    assert.deepEqual([exact.limits, exact.lateAfter], ['Timeout: stopped after 2m', null]);
    const ended = viewOf({ status: 'failed', failure_kind: 'timeout', timeout: 300, kill_after: 120 });
    assert.equal(ended.state.why, 'It was stopped because it took longer than 2m.');
  });

  it('says what checks it, and when that is at work', () => {
    const { state, facts } = viewOf({ status: 'running', checking: true }, { verify: ['npm', 'test'] });
    assert.deepEqual(
      [state.word, state.why],
      ['checking', 'Its program has succeeded, and is being checked.'],
    );
    assert.equal(facts.find(({ name }) => name === 'Verified by')?.value, 'npm test');
  });

  it('says in which worktree it is to work, and offers another for the task of an agent', () => {
    const placeOf = (worktree?: WorktreeKind) =>
      viewOf({}, { worktree }).facts.find(({ name }) => name === 'Worktree')?.value;
    assert.deepEqual(
      [placeOf('task'), placeOf('stream'), placeOf('none'), placeOf()],
      ['Its own', 'That of its stream', 'None: in the folder itself', undefined],
    );
    assert.ok(offers({ task_class: 'LLM_HEAVY' }).includes('chooseWorktree'));
    assert.ok(!offers({}).includes('chooseWorktree'));
  });

  it('shows progress only while it runs', () => {
    const progress = { progress: 40, progress_message: 'three of eight' };
    assert.deepEqual(viewOf({ status: 'running', ...progress }).progress, {
      percent: 40,
      message: 'three of eight',
    });
    assert.equal(viewOf({ status: 'running' }).progress, null);
    assert.equal(viewOf({ status: 'failed', ...progress }).progress, null);
  });

  it('splits the time into waiting and running', () => {
    const attempts = [
      anAttempt({ finished_at: at(70), outcome: 'limited' }),
      anAttempt({ number: 2, started_at: at(100) }),
    ];
    const { timing } = viewOf({ status: 'running', deadline: at(700) }, { attempts });
    assert.deepEqual(timing.spans, [
      { kind: 'queued', from: birth, to: birth + 60_000 },
      { kind: 'running', from: birth + 60_000, to: birth + 70_000 },
      { kind: 'queued', from: birth + 70_000, to: birth + 100_000 },
      { kind: 'running', from: birth + 100_000, to: null },
    ]);
    assert.equal(timing.deadline, birth + 700_000);
    assert.deepEqual(viewOf({}).timing.spans, [{ kind: 'queued', from: birth, to: null }]);
    const cancelled = viewOf({ status: 'failed', failure_kind: 'cancelled', finished_at: at(5) });
    assert.deepEqual(cancelled.timing.spans, [{ kind: 'queued', from: birth, to: birth + 5_000 }]);
  });

  it('shows the prompt as text and the payload as JSON, shortened if too long', () => {
    const view = viewOf({ payload_json: { prompt: 'Do it\nwell' }, payload: '{"prompt":"Do it\\nwell"}' });
    assert.equal(view.prompt, 'Do it\nwell');
    assert.equal(view.payload, '{\n  "prompt": "Do it\\nwell"\n}');
    assert.equal(viewOf({ payload_json: null, payload: 'no JSON' }).payload, 'no JSON');
    const long = viewOf({ payload_json: null, payload: 'x'.repeat(150_000) }).payload;
    assert.match(long, /… and 50000 more characters$/);
  });

  it('shows the summary first, and the whole result if it is more than that', () => {
    assert.equal(viewOf({ status: 'succeeded' }).result, null);
    assert.deepEqual(viewOf({ result: 'done', result_summary: 'done' }).result, {
      summary: 'done',
      text: null,
    });
    assert.deepEqual(viewOf({ result: '{"summary":"done","n":1}', result_summary: 'done' }).result, {
      summary: 'done',
      text: '{\n  "summary": "done",\n  "n": 1\n}',
    });
    assert.equal(viewOf({ status: 'failed', error: '\u001b[31mno\u001b[0m' }).error, 'no');
  });

  it('links the tasks that it refers to if they still exist', () => {
    const names = new Map([['tsk_00000000000a', 'First try']]);
    const env = { PATH: '/bin', VIRTUAL_ENV: '/venv' };
    const told = viewOf({ payload_json: { line: 'make', shell: 'bash', cwd: 'sub', env } }).facts;
    for (const fact of ['Folder: sub', 'Shell: bash', 'Environment: PATH, VIRTUAL_ENV'])
      assert.ok(
        told.some(({ name, value }) => `${name}: ${value}` === fact),
        fact,
      );
    const { facts } = viewOf({ retry_of: 'tsk_00000000000a', after: ['tsk_00000000000b'] }, { names });
    const linked = facts.filter(
      ({ value, taskId }) => taskId !== undefined || value.startsWith('tsk_00000000000b'),
    );
    assert.deepEqual(linked, [
      { name: 'Copy of', value: 'First try', taskId: 'tsk_00000000000a' },
      { name: 'After', value: 'tsk_00000000000b' },
    ]);
  });
  it('shows what agents have used for it', () => {
    const usage = { input: 1_200, cached: null, output: 40, cost_usd: 0.25, turns: 3 };
    const shown = (attempt: Partial<Attempt>) =>
      viewOf({}, { attempts: [anAttempt({ outcome: 'succeeded', ...attempt })] })
        .facts.filter(({ name }) => name === 'Cost' || name === 'Tokens')
        .map(({ value }) => value);
    assert.deepEqual(shown({}), []);
    assert.deepEqual(shown({ usage }), ['$0.25', '1,200 read, 40 written']);
    assert.deepEqual(shown({ agent_session: 's1' }), ['unknown']);
  });
});
