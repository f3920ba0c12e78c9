/** Finds the line of a failed program's stderr that says what happened. Mostly it is the last one; not for all. */

interface ErrorFormat {
  /** A last line that says nothing: how this format is recognized. */
  end: RegExp;
  /** What says it, in its last group that matched; without a match, it is the last line that `end` does not match. */
  says?: RegExp;
}

const named = String.raw`[\w.$]*(?:Error|Exception|Throwable)\b.*`;

const formats: readonly ErrorFormat[] = [
  // Node.js, uncaught: the source line, a caret below it, a blank line, the error, its stack, the version.
  { end: /^Node\.js v\d/, says: /^[ \t]*\^+[ \t]*\n\s*(?:Uncaught:\n)?(\S.*)$/gm },
  // A printed stack: JavaScript (perhaps with the error's properties in braces), Java, C#.
  {
    end: /^(?:\s+at \S.*[)\d]|\s*\.\.\. \d+ (?:more|common frames omitted)|\})$/,
    says: new RegExp(`^(?:Exception in thread ".*" |Unhandled exception\\. |Uncaught )?(${named})$`, 'gm'),
  },
  // Python: an exception group, or a message of several lines.
  { end: /^\s*\+-+$/, says: /^ {2}\| (\S.*)$/gm },
  { end: /^[ \t]+\S/, says: /^Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*(\S.*)$/gm },
  {
    end: /^note: (?:run with `RUST_BACKTRACE|Some details are omitted)/,
    says: /^thread '.*' (?:\(\d+\) )?panicked at (?:'(.*)', \S+|.*:\n(.*))$/gm,
  },
  { end: /^error: could not compile/, says: /^(error(?:\[E\d+\])?: (?!could not compile|aborting).*)$/gm },
  // Go: a panic and its goroutines; `go run` adds the exit status.
  {
    end: /^(?:exit status \d+|\s*\S+\.(?:go|s):\d+(?: \+0x[0-9a-f]+)?)$/,
    says: /^((?:panic|fatal error): .*)$/gm,
  },
  { end: /^g?make(?:\[\d+\])?: (?:\*\*\* \[.*\] |Leaving directory|Target .* not remade)/ },
  // A shell's trace (`set -x`).
  { end: /^\++ / },
];

/** The line that says what happened; null when all are blank. `text` has no escape sequences. */
export function errorLine(text: string): string | null {
  const lines = text.split(/\r?\n|\r/).filter((line) => line.trim() !== '');
  const last = lines.at(-1);
  if (last === undefined) return null;
  const format = formats.find(({ end }) => end.test(last));
  if (format === undefined) return last;
  const said = format.says && [...text.replaceAll('\r\n', '\n').matchAll(format.says)].at(-1);
  return (
    said?.slice(1).findLast((group) => group !== undefined) ??
    lines.findLast((line) => !format.end.test(line)) ??
    last
  );
}
