/** Codes of the operating system's errors, such as `ENOENT`. */

/** Whether an error carries one of these codes; with none given, any code. */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error && 'code' in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}
