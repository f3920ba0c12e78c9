"""A client in the manner of the first SparkQ: a connection for each operation, a claim under BEGIN EXCLUSIVE in two steps.

Usage: python.py DATABASE WORKERS TASKS. The schema and WORKERS * TASKS queued tasks are in the database already.
Prints JSON: {"claims_per_second": N, "claimed": N, "lost_races": N}.
"""

import json
import sqlite3
import sys
import threading
import time

database, workers, tasks = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
stream = "str_000000000000"
lock = threading.Lock()
claimed = 0
lost = 0
stop_at = time.monotonic() + 8


def connect():
    connection = sqlite3.connect(database, timeout=10, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def head():
    connection = connect()
    try:
        return connection.execute(
            "SELECT id FROM tasks WHERE stream_id = ? AND status = 'queued' AND deleted_at IS NULL"
            " ORDER BY position LIMIT 1",
            (stream,),
        ).fetchone()
    finally:
        connection.close()


def claim(task):
    connection = connect()
    try:
        connection.execute("BEGIN EXCLUSIVE")
        now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
        changed = connection.execute(
            "UPDATE tasks SET status = 'running', started_at = ?, updated_at = ?, attempts = attempts + 1"
            " WHERE id = ? AND status = 'queued'",
            (now, now, task),
        ).rowcount
        connection.execute("COMMIT")
        return changed == 1
    finally:
        connection.close()


def work():
    global claimed, lost
    while time.monotonic() < stop_at:
        row = head()
        if row is None:
            return
        won = claim(row[0])
        with lock:
            if won:
                claimed += 1
                if claimed >= tasks:
                    return
            else:
                lost += 1


start = time.monotonic()
threads = [threading.Thread(target=work) for _ in range(workers)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
elapsed = time.monotonic() - start
print(json.dumps({"claims_per_second": claimed / elapsed, "claimed": claimed, "lost_races": lost}))
