/**
 * What the product promises to other programs, row by row. Every row is covered by at least one case, and no case names
 * a row that is not here; rows.test.ts checks both.
 */

export const rows = {
  // The words
  'words.instant': 'instants are UTC text, ISO 8601 with a Z',
  'words.ids': 'prefix and 12 hex digits: prj_ ses_ str_ tsk_ sch_, all distinct',
  'words.names':
    'names: 1-200 characters, trimmed, no control characters, not . or .., not shaped like an id',
  'words.statuses': 'a task is queued, running, succeeded or failed; why it failed is failure_kind',
  'words.foreign-keys': 'nothing refers to what does not exist',
  'words.classes': 'task_class is any text at every door; unknown ones have 300 s',
  'words.retry': 'running returns to queued only with attempts left or by a rate limit; the error is kept',
  'words.max-attempts': 'max_attempts is 1 unless given',
  'words.flags': 'cancel_requested and parked are booleans beside the status',
  'words.outside-tool':
    'a task of a tool without a command waits, says so, and holds its lane unless skip_unrunnable',

  'words.payload-warning':
    'a task whose payload its tool cannot start with is taken, and its row has a warning',
  'words.outside-warning':
    'such a task has a warning wherever it is queued, those behind it and the stream say what blocks them',

  // Decisions
  'decided.complete-text':
    'any non-blank text completes, 5, true and null too; an object gives its summary; only its bad summary is refused',
  'decided.summary-kept': 'result stores the data; the summary stays in every later answer',
  'decided.peek-claim-json':
    'peek and claim: text for people, one object with --json, nothing when there is none',
  'decided.bare-claim': 'bare claim lists the active streams with counts; exit 1 when there are none',
  'decided.name-or-id': 'every place takes a name or an id; an ambiguous session name lists the ids',
  'decided.loopback': '127.0.0.1 only',
  'decided.stale': 'stale at once the timeout, by timer; tasks --stale filters',
  'decided.auto-fail': 'failed at twice the timeout with the known text and kind',
  'decided.fail-states': 'API fail: queued and running 200, finished 409',
  'decided.requeue-states': 'requeue of queued or running is refused everywhere',
  'decided.post-status': 'POST session 200, POST task 200, POST stream 201',
  'decided.script-shapes': '/api/scripts/index is a bare array, /api/scripts an object',
  'decided.error-shape': 'error, status, code and hint for every error',
  'decided.error-codes': 'the machine words and their statuses',
  'decided.front': 'front: a new task goes before all that is queued in its stream, at every door',
  'decided.missing-field': 'a missing field is named: Missing field <name>',
  'decided.unknown-fields': 'unknown body fields are ignored',
  'decided.unknown-filter': 'unknown filter values are 400',
  'decided.timeouts': "given > tool's > configured class > built-in class > 300, at every door",
  'decided.bad-timeouts': 'zero, negative and non-integer timeouts are refused',
  'decided.kill-after':
    "deadline = claim + kill_after: given > tool's > twice the timeout; a header's is given by its tasks; bad ones are refused",
  'decided.session-names': 'the CLI refuses a taken session name, the API allows it',
  'decided.purge': 'purge deletes reviewed tasks that finished before the age; dry_run only counts them',
  'decided.purge-unreviewed':
    'all finished ones on request; keep_unreviewed deletes only reviewed ones and counts the others',
  'decided.purge-automatic':
    'the automatic purge takes reviewed ones after 3 days, others after 30; announced a day before the first time',
  'decided.purge-needed': 'never one that a live task refers to',
  'decided.tools-list': 'tools list exists, and the hint of an unknown tool names it',
  'decided.config-keys': 'database.* is accepted with a notice; setup writes no database, port or repo_path',
  'decided.port-taken': 'run and serve exit 1 if the port is taken',
  'decided.ended-session': 'no new streams in an ended session; ending it ends its streams; twice is refused',
  'decided.ended-stream': 'no enqueue, no claim; twice is refused; queued tasks stay and can be moved',
  'decided.lost-race': 'a lost claim race is 409; claim-next never loses one',
  'decided.empty-claim-body': 'no body, an empty body and {} mean the same for claims',
  'decided.task-command': 'task ID works',
  'decided.reload': 'reload reaches the running owner',
  'decided.order': 'FIFO; lists newest first',
  'decided.search-none': '"none" and "on" do not find scripts without a description; sorted order',
  'decided.times':
    'ISO 8601 with a day that exists, or a delay; retry_after also seconds; local without a zone, but refused over HTTP',
  'decided.printed-times': 'for people local time with its zone, in JSON UTC',
  'decided.http-output': 'complete and fail may carry stdout and stderr; without them, stored output stays',
  'decided.run-environment':
    "a run sees neither SPARKQ_TOKEN nor git's repository-local variables of whoever enqueued or serves",
  'decided.git-dirty': 'git is that of the workspace; dirty is null where only a filter could tell',

  // HTTP as a whole
  'http.host': 'Host must be 127.0.0.1 or localhost with our port',
  'http.no-root': '/ and /ui/ are not answered; pages are entered by /open',
  'http.token': 'every route but /health needs the bearer token',
  'http.origin': 'a foreign Origin is refused; no CORS headers',
  'http.lease-secret': 'a lease is never listed, read or sent in events',
  'http.payload': 'payload stays text, with payload_json beside it',
  'http.idempotency':
    'every mutation takes an Idempotency-Key; a repeat has the first verdict with the row as it stands now, or its id',
  'http.ticket': 'a one-use 30-second ticket becomes an HttpOnly SameSite=Strict cookie',
  'http.cookie-origin': 'with the cookie, Origin must be absent or our own, and mutations need our own',
  'http.body': 'too large 413, wrong content type 415, invalid JSON 400',
  'http.not-found': '404 and 405 have the same body as every other error',
  'http.stream-by-name': '{id} of a stream takes its name as well',

  // Routes
  'GET /health': '200 {status: ok, timestamp} without a token',
  'GET /stats': 'counts of sessions, streams, queued_tasks, running_tasks',
  'GET /api/sessions': 'limit, offset; newest first',
  'POST /api/sessions': 'name, description',
  'GET /api/sessions/{id}': '{session} or 404',
  'PUT /api/sessions/{id}': 'name, description: at least one',
  'PUT /api/sessions/{id}/end': '{message, session}; POST is 405',
  'GET /api/streams': 'session_id, limit, offset',
  'POST /api/streams': 'session_id, name, instructions; 201',
  'GET /api/streams/{id}': '{stream} or 404',
  'PUT /api/streams/{id}': 'name, instructions, parallelism, on_failure: at least one',
  'PUT /api/streams/{id}/end': '{message, stream}',
  'PUT /api/streams/{id}/pause': 'and /resume: 200',
  'GET /api/tasks': 'filters, total, limit, offset; without output',
  'POST /api/tasks': 'every input; 200; the same idempotency_key answers the first task as duplicate',
  'POST /api/tasks/bulk': 'up to 100 tasks, all or none; after names keys of the call; one Idempotency-Key',
  'GET /api/batches':
    'stream, open, limit, offset; what one call queues is a batch, named by batch_id on each',
  'GET /api/batches/{id}': 'label, parallelism, stop_after, stopped_at and counts',
  'POST /api/batches/{id}/cancel': 'what has not finished, and what waits for it',
  'POST /api/batches/{id}/retry': 'copies of what failed take its place; a stopped one goes on',
  'life.batch':
    'at most parallelism of a batch are claimed at once, none after stop_after failures; after_batch waits for all of it',
  'GET /api/tasks/{id}': 'with at most 64 KB of each output',
  'PUT /api/tasks/{id}': 'edits a queued task; 409 when not queued',
  'DELETE /api/tasks/{id}': 'not a running one',
  'POST /api/tasks/{id}/undelete': 'within seven days; deleted=true lists what can be restored',
  'POST /api/streams/{id}/claim': 'task, stream, lease, lease_until, deadline; 204 when none or paused',
  'claim.wait': 'wait 0-60 s until work comes',
  'claim.request-id':
    'claim_request_id is the idempotency key of a claim: its own lease while live, else 409 lease_superseded',
  'claim.resume': 'the session of an agent that the last attempt has left, where the same tool goes on',
  'claim.closed': 'nothing is granted to a closed connection; with a claim_request_id it waits 30 s',
  'POST /api/tasks/{id}/claim': 'worker_id echoed; 404; 409',
  'POST /api/workers': '{worker_id}, issued by the queue',
  'POST /api/tasks/{id}/heartbeat':
    'lease_until, deadline, cancel_requested; needs its lease; 409 superseded; 410 purged',
  'POST /api/tasks/{id}/release': 'with the lease: back as if it had not been claimed',
  'POST /api/tasks/{id}/complete': 'lease, stdout, stderr; superseded 409; repeated 200',
  'POST /api/tasks/{id}/fail': 'error_type before the text; retry_after delays it',
  'POST /api/tasks/{id}/ask':
    'with the lease: back with a question, no attempt spent; of a run of the built-in runner only its end, which names the attempt',
  'POST /api/tasks/{id}/answer': 'of a task that asks; both reach the next claim in its note',
  'POST /api/tasks/{id}/cancel': 'a running one becomes cancel_requested',
  'POST /api/tasks/{id}/suspend':
    'and /continue: suspended beside the status running; deadline moves by that time; 409 for other workers and on Windows',
  'POST /api/tasks/{id}/requeue': 'the copy',
  'POST /api/tasks/{id}/move': 'stream, before, after, to',
  'POST /api/tasks/{id}/review': 'accepted',
  'POST /api/tasks/{id}/park': 'and /unpark',
  'GET /api/tasks/{id}/attempts': 'the claims and their outcomes',
  'GET /api/runs':
    'since, until, limit: the attempts running in that time, unfinished ones first, then by their end',
  'GET /api/tasks/{id}/output':
    'offsets of the original bytes; X-Next-Offset, X-Size, X-Dropped; 404 for an attempt that there is not',
  'GET /api/schedules': 'stream, limit, offset; newest first; {schedule} or 404 for one',
  'POST /api/schedules':
    'stream_id, cron, zone and what an enqueue takes; 201; a cron or zone that means nothing is 400',
  'PUT /api/schedules/{id}': 'stream, cron, zone, missed, overlap: at least one; /pause, /resume',
  'POST /api/schedules/{id}/run': 'enqueues its task now',
  'DELETE /api/schedules/{id}': 'its tasks stay',
  'schedule.time':
    'each time comes once; missed and overlap skip by default; last_outcome says what came of it',
  'GET /api/scripts': '{scripts, problems}; /search?q=&tag=; as they are on the disk at that moment',
  'GET /api/scripts/index': 'a bare array of entries',
  'GET /api/tools': 'and /api/config, /api/status',
  'POST /api/reload': 'reloads the configuration',
  'POST /api/purge': 'older_than_days, dry_run, keep_unreviewed',
  'GET /api/history':
    'q, script, since, failed, limit, cursor: what purges have taken, deleted tasks excepted',
  'DELETE /api/history/{id}': 'erases it for good; 404 for a task that is not in it',
  'GET /api/events': 'each change once, in order, resumable; reset when the history is gone',
  'GET /openapi.json': 'and /docs',

  // The command line
  'cli.where':
    '--workspace, SPARKQ_WORKSPACE, the folder above, SPARKQ_STORAGE, SPARKQ_URL with SPARKQ_TOKEN',
  'cli.no-queue': 'setup creates a queue; without one, every other command exits 3 and says so',
  'cli.alone': 'every command works with no editor and no serve running',
  'cli.serve': 'token from SPARKQ_TOKEN; the address on the first line; the discovery file',
  'cli.run': 'serve on the configured port, --port; --host takes 127.0.0.1 and localhost only',
  'cli.stop': 'ends what run or serve started; refused if nothing runs',
  'cli.status': 'the lines with the real address; exit 0 if a queue exists',
  'cli.commands': 'every command exists and has help',
  'cli.json': 'one JSON value on stdout and nothing else',
  'cli.lists': 'every list command and tasks print an array with --json',
  'cli.events': 'events --json prints JSON Lines',
  'cli.open': 'open refuses a page that there is not, and names those there are',
  'cli.signals':
    'serve, run and watch end with 0 on SIGINT and SIGTERM, other waiting commands with 130 on Ctrl+C',
  'cli.exit-codes': '0 done, 1 refused, 2 usage, 3 no queue or unreachable, 4 taken, 130 on Ctrl+C',
  'cli.enqueue-options':
    '--prompt, -, --script, --payload, --label, --not-before, --after, --max-attempts, --key',
  'cli.add': 'add: words are an argument list, one with blanks is a line; without a stream it goes to main',
  'cli.batch': 'add --each, --from, -j, --stop-after, --then, --dry-run; batch ID [cancel|retry]',
  'cli.schedule':
    'schedule add CRON [--tz Z] [--missed M] [--overlap O] -- WORDS, list, edit, pause, resume, run, remove',
  'cli.session': 'the texts of session create, list, end',
  'cli.stream': 'the texts of stream create, list, end',
  'cli.enqueue': 'the text of enqueue, and the order of its checks',
  'cli.payload': '{prompt, metadata}: metadata is kept as given',
  'cli.peek-claim': 'the texts of peek and claim',
  'cli.complete-fail': 'the texts of complete and fail; --result-file; a path as --result',
  'cli.tasks': 'the table of tasks; --limit; claimed is running',
  'cli.requeue': 'Task <old> requeued as <new>',
  'cli.scripts': 'scripts list and search',
  'cli.setup': 'empty lines accept all defaults; --yes asks nothing',
  'cli.errors': 'Error, Valid options, Suggestion on stderr, in that order',
  'cli.purge': 'purge [--older-than 3d] [--keep-unreviewed] [--dry-run]',
  'cli.history': 'history [--search T] [--script P] [--since A] [--failed] [--erase ID]',
  'cli.wait': 'wait TASK or --stream S',
  'cli.backup': 'backup and restore',

  // sparkq watch
  'watch.lock': "the lock's text is the pid of the process that was started; the stream need not exist",
  'watch.lock-name': 'the name of the lock file',
  'watch.second': 'a second one exits 1 within a second, with "already running", the pid and the start time',
  'watch.stale': 'a stale, empty or garbled lock is taken over',
  'watch.signals':
    'SIGTERM and SIGINT: the running task finishes, or with --now is cancelled; lock removed, exit 0',

  // Payloads of the built-in tools
  'payload.script': 'script_path, args, cwd, env; inside the workspace',
  'payload.command':
    'run-command runs argv, run-shell a line; a task without either is refused, and its label is made of it',
  'payload.prompt': 'prompt with context_files; older forms are accepted',
  'payload.exact': 'numbers and text of a payload reach the worker as they were given, digit for digit',
  'payload.limits': 'at most 200 levels and 4 MB, said alike at every door',
  'decided.text-files': 'files are UTF-8, or UTF-16 with a byte order mark; others are refused',
  'decided.clock-jumps': 'a clock that jumps by a day ends no lease, deadline or key that was alive',
  'decided.search-values': 'a search finds values, not keys, ignores case as Unicode does, and has a limit',

  // The models and their states
  'model.project': 'the project',
  'model.session': 'the columns of a session',
  'model.stream': 'the columns of a stream',
  'model.task': 'the columns of a task, including derived ones',
  'life.claim': 'running, attempts 1, started_at; one winner of many; peek changes nothing',
  'life.complete': 'from running only',
  'life.fail': 'the stored error holds the type; the answer the message alone',
  'life.requeue': 'a copy at the back; the original untouched',
  'life.session': 'active, ended',
  'life.stream': 'active, ended; on_failure pause',
  'life.after': 'after and after_policy',
  'scripts.index': 'headers, extensions, tags, search by name, description and tag; a new file is seen',
  'config.file':
    'the keys of sparkq.yml; an invalid value leaves its last valid one in effect, an unreadable file all of them',
} as const satisfies Readonly<Record<string, string>>;

export type RowId = keyof typeof rows;
