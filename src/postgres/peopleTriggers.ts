/**
 * Who decided what runs, as the server itself notes it: whatever program a person uses, the columns say the role that
 * they logged in with. Where somebody changes what another person's task would start, it becomes theirs.
 */

/** Whoever writes one of these columns has decided what a row of the table starts. */
function authorTriggers(row: 'stream' | 'schedule', columns: readonly string[]): string {
  const of = (version: 'NEW' | 'OLD') => columns.map((column) => `${version}.${column}`).join(', ');
  return `
CREATE FUNCTION note_author_of_${row}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' OR (${of('NEW')}) IS DISTINCT FROM (${of('OLD')})
  THEN NEW.created_by := session_user;
  ELSE NEW.created_by := OLD.created_by;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER author_of_new_${row} BEFORE INSERT ON ${row}s FOR EACH ROW EXECUTE FUNCTION note_author_of_${row}();
CREATE TRIGGER author_of_${row} BEFORE UPDATE OF ${columns.join(', ')}, created_by ON ${row}s
  FOR EACH ROW EXECUTE FUNCTION note_author_of_${row}();`;
}

/** Each trigger is called only for statements that name one of its columns, and so costs a claim nothing. */
export const peopleTriggers = `
CREATE FUNCTION note_author_of_task() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE kept boolean;
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- What a schedule starts, or a copy, stays that of who made it, as long as it is the same.
    IF NEW.created_by IS DISTINCT FROM session_user THEN
      kept := NEW.note IS NULL AND (
        EXISTS (SELECT 1 FROM schedules AS made WHERE made.id = split_part(NEW.idempotency_key, ' ', 1)
          AND made.created_by = NEW.created_by AND made.stream_id = NEW.stream_id
          AND (made.tool_name, made.payload) = (NEW.tool_name, NEW.payload)
          AND NEW.verify IS NULL AND NEW.worktree IS NULL AND NEW.fall_back = 0)
        OR EXISTS (SELECT 1 FROM tasks AS made WHERE made.id = NEW.retry_of
          AND made.created_by = NEW.created_by AND (made.tool_name, made.payload) = (NEW.tool_name, NEW.payload)
          AND (made.verify, made.worktree, made.fall_back) IS NOT DISTINCT FROM (NEW.verify, NEW.worktree, NEW.fall_back)));
      IF NOT coalesce(kept, false) THEN NEW.created_by := session_user; END IF;
    END IF;
    NEW.approved_by := CASE
      WHEN NEW.approval = 'given' AND (NEW.approved IS NOT NULL OR NEW.origin::jsonb ->> 'kind' = 'agent') THEN session_user
    END;
    RETURN NEW;
  END IF;
  IF (NEW.tool_name, NEW.payload, NEW.verify, NEW.worktree, NEW.fall_back, NEW.note, NEW.origin, NEW.retry_of)
    IS DISTINCT FROM (OLD.tool_name, OLD.payload, OLD.verify, OLD.worktree, OLD.fall_back, OLD.note, OLD.origin, OLD.retry_of)
  THEN
    -- Another person takes back what was approved of it.
    IF OLD.created_by IS DISTINCT FROM session_user THEN NEW.approved := NULL; END IF;
    NEW.created_by := session_user;
  ELSE
    NEW.created_by := OLD.created_by;
  END IF;
  IF (NEW.approval, NEW.approved) IS DISTINCT FROM (OLD.approval, OLD.approved) THEN
    NEW.approved_by := CASE
      WHEN NEW.approval = 'given' AND (NEW.approved IS NOT NULL OR NEW.origin::jsonb ->> 'kind' = 'agent') THEN session_user
    END;
  ELSE
    NEW.approved_by := OLD.approved_by;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER author_of_new_task BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION note_author_of_task();
CREATE TRIGGER author_of_task BEFORE UPDATE OF tool_name, payload, verify, worktree, fall_back, note, origin, retry_of,
  approval, approved, created_by, approved_by ON tasks FOR EACH ROW EXECUTE FUNCTION note_author_of_task();

${authorTriggers('stream', ['instructions', 'worktree'])}
${authorTriggers('schedule', ['id', 'stream_id', 'tool_name', 'payload'])}
CREATE FUNCTION note_who() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.created_by := session_user;
  RETURN NEW;
END $$;
CREATE TRIGGER author_of_follow_up BEFORE INSERT OR UPDATE ON follow_ups FOR EACH ROW EXECUTE FUNCTION note_who();

CREATE FUNCTION note_person_of_host() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.person := session_user;
  RETURN NEW;
END $$;
CREATE TRIGGER person_of_host BEFORE INSERT OR UPDATE ON hosts FOR EACH ROW EXECUTE FUNCTION note_person_of_host();

-- Whatever tables the person who writes has made for themselves, under whatever names.
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION note_author_of_task() SET search_path TO %I, pg_temp', current_schema());
END $$;
`;
