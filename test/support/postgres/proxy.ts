/**
 * A proxy between hosts and a PostgreSQL server, on sockets of the file system. It cuts connections, holds up what goes
 * through them and swallows answers, at random.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Random } from '../random';

/** What is done to one connection, after so many pieces have gone through it. */
interface Fault {
  kind: keyof FaultCounts;
  after: number;
}

export interface FaultCounts {
  /** The connection ends: within a piece, before it or behind it. */
  cut: number;
  /** A piece is held up. */
  delayed: number;
  /** The server gets what is asked, and its answers are lost; then the connection ends. */
  swallowed: number;
  /** The same, but the connection stays: whoever waits for an answer must give up by itself. */
  silent: number;
}

type Trap = 'swallow' | 'stop';

const socket = '.s.PGSQL.5432';
/** Pieces between two faults of a connection, at most. */
const mostPieces = 400;
/** How long a piece is held up, and how long answers are swallowed before the connection ends; milliseconds, at most. */
const longestDelay = 20;
const longestSilence = 10;

export class FaultyProxy {
  readonly counts: FaultCounts = { cut: 0, delayed: 0, swallowed: 0, silent: 0 };
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'sparkq-proxy-'));
  private readonly server: net.Server;
  private readonly sockets = new Set<net.Socket>();
  /** What the next piece with a text in it meets. */
  private trap: { text: string; does: Trap } | undefined;

  private constructor(
    private readonly target: string,
    private readonly random: Random,
    /** How many faults are yet to come. */
    private left: number,
  ) {
    this.server = net.createServer({ allowHalfOpen: true }, (client) => this.connect(client));
  }

  /** @param url of the server, which has its socket in a folder */
  static async open(url: string, random: Random, faults: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(path.join(folderOf(url), socket), random, faults);
    await new Promise<void>((resolve) => proxy.server.listen(path.join(proxy.folder, socket), resolve));
    return proxy;
  }

  /** The way through the proxy to where `url` leads. */
  urlOf(url: string): string {
    return url.replace(encodeURIComponent(folderOf(url)), encodeURIComponent(this.folder));
  }

  /** Whether there are faults to come. */
  get wants(): boolean {
    return this.left > 0;
  }

  /**
   * From the next piece with this text on, once: the server's answers are lost, and with that to COMMIT the connection; or
   * nothing more gets to the server, as from a program that was stopped.
   */
  trapNext(text: string, does: Trap): void {
    this.trap = { text, does };
  }

  /** From now on, everything goes through. */
  calm(): void {
    this.left = 0;
  }

  async close(): Promise<void> {
    for (const one of this.sockets) one.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private connect(client: net.Socket): void {
    const server = net.connect(this.target);
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const one of [client, server]) {
      this.sockets.add(one);
      one.on('error', end);
      one.on('end', end);
      one.on('close', () => {
        this.sockets.delete(one);
        end();
      });
    }
    const line: Line = { fault: this.nextFault(), swallows: false, end };
    client.on('data', (piece) => this.pass(piece, client, server, line, false));
    server.on('data', (piece) => this.pass(piece, server, client, line, true));
  }

  private pass(piece: Buffer, from: net.Socket, to: net.Socket, line: Line, isAnswer: boolean): void {
    if (!isAnswer && this.trap !== undefined && piece.includes(this.trap.text)) {
      line.trapped = this.trap.does;
      this.trap = undefined;
    }
    if (line.trapped === 'stop' && !isAnswer) return;
    if (line.trapped === 'swallow' && isAnswer) {
      if (piece.includes('COMMIT')) line.end();
      return;
    }
    if (isAnswer && line.swallows) return;
    const { fault } = line;
    fault.after -= 1;
    if (fault.after >= 0 || this.left <= 0) return void to.write(piece);
    this.left -= 1;
    this.counts[fault.kind] += 1;
    line.fault = this.nextFault();
    switch (fault.kind) {
      case 'cut':
        to.write(piece.subarray(0, this.random.below(piece.length + 1)), line.end);
        return;
      case 'delayed':
        from.pause();
        later(this.random.below(longestDelay), () => {
          to.write(piece);
          from.resume();
        });
        return;
      case 'swallowed':
      case 'silent':
        line.swallows = true;
        if (!isAnswer) to.write(piece);
        if (fault.kind === 'swallowed') later(this.random.below(longestSilence), line.end);
    }
  }

  private nextFault(): Fault {
    const dice = this.random.next();
    const kind = dice < 0.4 ? 'cut' : dice < 0.6 ? 'delayed' : dice < 0.98 ? 'swallowed' : 'silent';
    return { kind, after: this.random.below(mostPieces) };
  }
}

/** One connection through the proxy. */
interface Line {
  fault: Fault;
  swallows: boolean;
  trapped?: Trap;
  end: () => void;
}

function later(ms: number, call: () => void): void {
  // Whoever has gone by then is past caring.
  setTimeout(call, ms).unref();
}

function folderOf(url: string): string {
  return new URL(url).searchParams.get('host') ?? '';
}
