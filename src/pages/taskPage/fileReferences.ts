/** Places in files that text names. Pure; each search takes time in proportion to the text, whatever is in it. */

/** A place such as `src/app.ts:12:4`, `src/app.ts(12,4)` or Python's `File "app.py", line 12`. */
export interface FileReference {
  /** Zero-based line and columns of the text. */
  line: number;
  start: number;
  end: number;
  path: string;
  /** One-based, as it was printed. */
  targetLine: number;
  targetColumn: number;
}

/** Lines longer than this are not searched: nobody reads a minified file for its line numbers. */
const longestLine = 10_000;
/** Longer paths are none. */
const longestPath = 1_024;

const nameCharacter = /[\p{L}\p{N}_@~.+\-/\\]/u;
/** With a slash or an extension, so that times like 12:30 are not taken. */
const likePath = /[/\\]|\.\p{L}[\p{L}\p{N}]{0,9}/u;
const withExtension = /\.[\p{L}\p{N}]+$/u;

/** Every place in a file that `text` names. Whether the file exists is for the caller to find out. */
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

/** `path:line` and `path:line:column` */
function colonPlaces(content: string): FilePosition[] {
  return placesBefore(content, /:(\d{1,9})(?::(\d{1,9}))?/g, (path) => likePath.test(path));
}

/** `path(line,column)`, as some compilers print it */
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

/** Looks for the figures, and back from them for the path: no stretch of text is looked at twice. */
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
