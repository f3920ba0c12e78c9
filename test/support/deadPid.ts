/** The number of no process: larger than any system gives. */
export const deadPid = 2 ** 22 + 1;
