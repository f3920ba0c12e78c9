import type { Files } from '../../src/store/engine/files';
import { failure } from './diskModel';

export type Operation = keyof Files;

/** Which calls fail: the `at`-th of an operation, counted from 1, or from it on. `short`: a write takes only half. */
export interface Fault {
  operation: Operation;
  at: number;
  forever: boolean;
  code: string;
  short?: boolean;
}

/** A file layer that fails where it is told to, and works again after `heal`. */
export class FaultyFiles implements Files {
  private calls = 0;
  private fault: Fault | undefined;
  /** How many calls have failed. */
  hits = 0;

  constructor(private readonly files: Files) {}

  inject(fault: Fault): void {
    this.fault = fault;
    this.calls = 0;
  }

  heal(): void {
    this.fault = undefined;
  }

  open: Files['open'] = async (file, mode) => {
    this.meet('open');
    return this.files.open(file, mode);
  };

  close: Files['close'] = async (descriptor) => {
    // A descriptor is gone even where close() reports an error.
    await this.files.close(descriptor);
    this.meet('close');
  };

  writeNow: Files['writeNow'] = (descriptor, bytes, position) => {
    const half = this.meet('writeNow', true);
    return this.files.writeNow(descriptor, half ? bytes.subarray(0, bytes.length >> 1) : bytes, position);
  };

  write: Files['write'] = async (descriptor, bytes, position) => {
    const half = this.meet('write', true);
    return this.files.write(descriptor, half ? bytes.subarray(0, bytes.length >> 1) : bytes, position);
  };

  truncate: Files['truncate'] = async (descriptor, size) => {
    this.meet('truncate');
    await this.files.truncate(descriptor, size);
  };

  datasync: Files['datasync'] = async (descriptor) => {
    this.meet('datasync');
    await this.files.datasync(descriptor);
  };

  syncFolder: Files['syncFolder'] = async (folder) => {
    this.meet('syncFolder');
    await this.files.syncFolder(folder);
  };

  readFile: Files['readFile'] = async (file) => {
    this.meet('readFile');
    return this.files.readFile(file);
  };

  rename: Files['rename'] = async (from, to) => {
    this.meet('rename');
    await this.files.rename(from, to);
  };

  unlink: Files['unlink'] = async (file) => {
    this.meet('unlink');
    await this.files.unlink(file);
  };

  readFolder: Files['readFolder'] = async (folder) => {
    this.meet('readFolder');
    return this.files.readFolder(folder);
  };

  makeFolder: Files['makeFolder'] = async (folder) => {
    this.meet('makeFolder');
    await this.files.makeFolder(folder);
  };

  stat: Files['stat'] = async (file) => {
    this.meet('stat');
    return this.files.stat(file);
  };

  /** Throws where the fault says so; true where a write is to take only half. */
  private meet(operation: Operation, canBeShort = false): boolean {
    const { fault } = this;
    if (fault?.operation !== operation) return false;
    this.calls += 1;
    if (this.calls < fault.at || (this.calls > fault.at && !fault.forever)) return false;
    this.hits += 1;
    // A full disk takes a part of a write first and nothing of the next.
    if (fault.short && canBeShort && this.calls === fault.at) return true;
    throw failure(fault.code, `${operation} was made to fail`);
  }
}
