/** The arguments of a command that is queued once for each of many names. */

/** Stands for the name. */
export const nameMark = '{}';

/** The arguments for one name. A name stays one argument, whatever is in it: no shell reads it. */
export function withName(words: readonly string[], name: string): string[] {
  return words.map((word) => word.replaceAll(nameMark, () => name));
}

/** The name of a file as an argument: one that looks like an option gets `./` before it, so that no program takes it for one. */
export function asArgument(name: string): string {
  return name.startsWith('-') ? `./${name}` : name;
}
