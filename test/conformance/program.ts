/** The built `sparkq`, held to what it promises of every answer. */

import assert from 'node:assert/strict';
import { CommandLine, type Ended, makePlace } from '../support/commandLine';
import { removeFolder } from '../support/folders';
import { makeQueue } from '../support/makeQueue';
import { Refusal } from './door';

/** What stderr may say of a command that did what it was asked: what tasks for outside workers do to their stream. */
const notes = /^(?:Warning: .*\n(?:Suggestion: .*\n)?|Stream '.*': .*\n)*$/;

/** The program in one folder, with one user folder. */
export class Cli extends CommandLine {
  /** The stdout of a command that must succeed, and have nothing else to say. */
  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    assert.equal(code, 0, `sparkq ${args.join(' ')}: ${stderr}${stdout}`);
    assert.match(stderr, notes);
    return stdout;
  }

  /** What a command answers with --json; null for nothing. @throws Refusal */
  async json(...args: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw refusalOf({ code, stdout, stderr });
    assert.equal(stderr, '');
    return stdout === '' ? null : JSON.parse(stdout);
  }
}

/** The refusal that a run ended with; fails if it is not one. */
export function refusalOf({ code, stdout, stderr }: Ended): Refusal {
  assert.equal(stdout, '', 'a refusal says nothing on stdout');
  const lines = stderr.trimEnd().split('\n');
  const shape = lines.map((line) => line.split(':')[0]).join();
  assert.match(shape, /^Error(,Valid options)?(,Suggestion)?$/, stderr);
  const [first = '', ...more] = lines;
  return new Refusal(first.slice('Error: '.length), { exit: code, hint: more.join('\n') });
}

/** The program in an empty folder with an empty user folder. */
export class Box extends Cli {
  private constructor(
    readonly root: string,
    folder: string,
    home: string,
  ) {
    super(folder, home);
  }

  static make(): Box {
    const { root, folder, home } = makePlace('conformance');
    return new Box(root, folder, home);
  }

  /** Makes the queue, a session `work` and a stream `lane`. */
  async withStream(): Promise<void> {
    await makeQueue(this.folder, this.home);
  }

  /** Puts a task into `lane` and gives its id. */
  async task(...options: string[]): Promise<string> {
    const { id } = (await this.json('enqueue', '-s', 'lane', '-t', 'llm-haiku', ...options)) as {
      id: string;
    };
    return id;
  }

  async remove(): Promise<void> {
    await this.end();
    removeFolder(this.root);
  }
}
