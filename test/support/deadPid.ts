/** The number of no process: larger than any system gives. */
export const deadPid = 2 ** 22 + 1;

/** The start time of a process that has ended, whatever has its pid now. */
export const endedStart = process.platform === 'win32' ? 'C:\\sparkq-1-0123456789abcdef.alive' : 'another';
