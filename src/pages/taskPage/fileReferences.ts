/** Finds references to places in files. Pure; searching takes linear time, whatever the text contains. */

/** A reference such as `src/app.ts:12:4`, `src/app.ts(12,4)` or Python's `File "app.py", line 12`. */
export interface FileReference {
  /** Zero-based line and columns in the text. */
  line: number;
  start: number;
  end: number;
  path: string;
  /** One-based, as printed. */
  targetLine: number;
  targetColumn: number;
}

/** Longer lines are not searched: they are minified or binary. */
const longestLine = 10_000;
/** Longer paths are not references. */
const longestPath = 1_024;

const nameCharacter = /[\p{L}\p{N}_@~.+\-/\\]/u;
/** Contains a slash or an extension, so that times such as 12:30 do not match. */
const likePath = /[/\\]|\.\p{L}[\p{L}\p{N}]{0,9}/u;
const withExtension = /\.[\p{L}\p{N}]+$/u;

/** Every file reference in `text`. The caller checks whether the file exists. */
export function findReferences(text: string): FileReference[] {
  return text.split('\n').flatMap((content, line) =>
    content.length > longestLine
      ? []
      : [...colonPlaces(content), ...pythonFrames(content), ...bracketPlaces(content)].map((place) => ({
          line,
          ...place,
        })),
  );
}

type FilePosition = Omit<FileReference, 'line'>;

/** `path:line` and `path:line:column`. */
function colonPlaces(content: string): FilePosition[] {
  return placesBefore(content, /:(\d{1,9})(?::(\d{1,9}))?/g, (path) => likePath.test(path));
}

/** `path(line,column)`, as some compilers print it. */
function bracketPlaces(content: string): FilePosition[] {
  return placesBefore(content, /\((\d{1,9}),(\d{1,9})\)/g, (path) => withExtension.test(path));
}

function pythonFrames(content: string): FilePosition[] {
  return [...content.matchAll(/File "([^"]{1,1024})", line (\d{1,9})/g)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    path: match[1] ?? '',
    targetLine: Number(match[2]),
    targetColumn: 1,
  }));
}

/** Searches for the numbers, then backwards for the path, so that no text is searched twice. */
function placesBefore(content: string, figures: RegExp, fits: (path: string) => boolean): FilePosition[] {
  return [...content.matchAll(figures)].flatMap((match) => {
    const start = startOfPath(content, match.index);
    const path = content.slice(start, match.index);
    if (!fits(path)) return [];
    return [
      {
        start,
        end: match.index + match[0].length,
        path,
        targetLine: Number(match[1]),
        targetColumn: Number(match[2] ?? 1),
      },
    ];
  });
}

function startOfPath(content: string, end: number): number {
  let start = end;
  while (start > 0 && end - start < longestPath && nameCharacter.test(content[start - 1] ?? '')) start--;
  const drive = content.slice(Math.max(0, start - 2), start);
  return /^[A-Za-z]:$/.test(drive) && /[/\\]/.test(content[start] ?? '') ? start - 2 : start;
}
