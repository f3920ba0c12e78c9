import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { type OutputPart, type OutputStream, outputStreams } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { addKnownFiles, followLink } from './fileLinks';
import { OutputLines } from './outputLines';
import { fill, format, texts } from './taskPageL10n';

const listeners = new Set<() => void>();
const outputs = { stdout: newLines(), stderr: newLines() };

function newLines(): OutputLines {
  return new OutputLines(
    (bytes) => fill(texts.notKept, format.size(bytes)),
    () => {
      for (const listener of listeners) listener();
    },
  );
}

/** Adds output of an attempt, whether or not the page shows it yet. */
export function addOutput(part: OutputPart): void {
  addKnownFiles(part.files);
  outputs[part.stream].show(part);
}

/**
 * The output of an attempt.
 * @param running the number of the running attempt, if there is one
 */
export function Output({ running }: { running: number | null }) {
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    listeners.add(drawAgain as () => void);
    return () => void listeners.delete(drawAgain as () => void);
  }, []);
  const { attempt } = outputs.stdout;
  if (attempt === 0) return null;
  return (
    <section aria-labelledby="output">
      <div class="heading">
        <h2 id="output">{fill(texts.outputOf, attempt)}</h2>
        <button type="button" class="link" onClick={() => send({ type: 'openOutput', attempt })}>
          {texts.openAsDocument}
        </button>
      </div>
      {outputStreams.map((stream) => (
        <Stream key={stream} stream={stream} live={attempt === running} />
      ))}
    </section>
  );
}

function Stream({ stream, live }: { stream: OutputStream; live: boolean }) {
  const lines = outputs[stream];
  const empty = lines.size === 0;
  const { from } = lines;
  return (
    <div class="stream">
      <div class="stream-head">
        <h3>{stream}</h3>
        <span>{empty ? (live ? texts.noOutputYet : texts.noOutput) : format.size(lines.size)}</span>
      </div>
      {from > 0 && (
        <button
          type="button"
          class="earlier"
          onClick={() => send({ type: 'showEarlier', stream, before: from })}
        >
          {fill(texts.showEarlier, format.size(from))}
        </button>
      )}
      <Scroll lines={lines} stream={stream} live={live} hidden={empty} />
    </div>
  );
}

/** Pixels left below that count as the end: on a zoomed page, scrolling to the end may leave a fraction of a pixel. */
const endIsReached = 2;
/** Scrolling down to within this many pixels of the end follows the end again. */
const endIsNear = 24;

interface ScrollProps {
  lines: OutputLines;
  stream: OutputStream;
  live: boolean;
  hidden: boolean;
}

/** A scrollable box for output that follows its end until the reader scrolls up. */
function Scroll({ lines, stream, live, hidden }: ScrollProps) {
  const box = useRef<HTMLElement>(null);
  const lastTop = useRef(0);
  const [following, follow] = useState(true);
  useLayoutEffect(() => box.current?.append(lines.element), [lines]);
  useLayoutEffect(() => {
    if (!following || !box.current) return;
    box.current.scrollTop = box.current.scrollHeight;
    lastTop.current = box.current.scrollTop;
  });
  const onScroll = ({ currentTarget }: { currentTarget: HTMLElement }) => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    const below = scrollHeight - scrollTop - clientHeight;
    // Only the reader scrolls up; new output may also leave lines below.
    if (scrollTop < lastTop.current && below > endIsReached) follow(false);
    else if (below < endIsNear) follow(true);
    lastTop.current = scrollTop;
  };
  return (
    <div class="scroll-frame" hidden={hidden}>
      <section
        ref={box}
        class="scroll"
        aria-label={stream}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
        onClick={followLink}
        onKeyDown={followLink}
      />
      {live && !following && (
        <button type="button" class="follow plain" onClick={() => follow(true)}>
          {texts.follow}
        </button>
      )}
    </div>
  );
}
