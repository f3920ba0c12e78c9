import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { commands, rowCommands } from '../../../src/contributions';

/**
 * The palette puts the command that was used last before one whose title is what was typed, and else sorts by title. So
 * the only safe title is one that finds no other command of ours: Enter runs what was typed.
 */

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
const english = readJson('package.nls.json');
const german = readJson('package.nls.de.json');

const names = Object.keys(commands).filter((name) => !rowCommands.some((hidden) => hidden === name));
const titleIn = (texts: Record<string, string>, name: string) => {
  const title = texts[`command.${name}`];
  assert.ok(title, name);
  return title;
};

/** The pairs "typed title > title that it finds as well". In German, VS Code searches the English titles, too. */
function traps(texts: Record<string, string>, ...searched: Record<string, string>[]): string[] {
  return names.flatMap((name) => {
    const typed = titleIn(texts, name).replace(/\.\.\.$/, '');
    const others = names.filter((other) => other !== name);
    const found = others.flatMap((other) => searched.map((by) => titleIn(by, other)));
    return found.filter((title) => finds(typed, `SparkQ: ${title}`)).map((title) => `${typed} > ${title}`);
  });
}

/** Whether the palette lists a command for what was typed: VS Code's matchesBaseContiguousSubString or matchesWords. */
function finds(typed: string, label: string): boolean {
  const [word, target] = [fold(typed), fold(label)];
  if (target.includes(word)) return true;
  return [...target].some((_, at) => startsWord(target, at) && matchesWords(word, target, 0, at));
}

/** Each letter is the next one of the target, or at the start of a later word. */
function matchesWords(word: string, target: string, from: number, at: number): boolean {
  if (from === word.length) return true;
  if (word[from] !== target[at]) return false;
  if (matchesWords(word, target, from + 1, at + 1)) return true;
  for (let later = at + 2; later < target.length; later++) {
    if (startsWord(target, later) && matchesWords(word, target, from + 1, later)) return true;
  }
  return false;
}

const separator = /[\s()[\]{}<>`'"\-/;:,.?!]/;

function startsWord(target: string, at: number): boolean {
  return at === 0 || separator.test(target[at] ?? '') || separator.test(target[at - 1] ?? '');
}

function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

describe('a title typed into the palette', () => {
  it('finds only its own command', () => {
    assert.deepEqual(traps(english, english), []);
  });

  it('finds only its own command in German', () => {
    assert.deepEqual(traps(german, german, english), []);
  });

  it('would find what contains it, or has its words in this order', () => {
    for (const label of ['Mark All in Stream as Reviewed', 'Mark as Reviewed Later', 'Unmark as Reviewed'])
      assert.ok(finds('mark as reviewed', `SparkQ: ${label}`), label);
    assert.ok(finds('Park', 'SparkQ: Delete Task'));
    assert.ok(!finds('Mark as Reviewed', 'SparkQ: Set All in Stream to Reviewed'));
  });
});
