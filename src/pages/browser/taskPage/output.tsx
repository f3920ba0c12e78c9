import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks';
import { type OutputName, outputNames } from '../../../core/queue';
import type { OutputPart, TranscriptPart } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { addKnownFiles, followLink } from './fileLinks';
import { OutputLines } from './outputLines';
import { fill, format, texts } from './taskPageL10n';
import { TranscriptList } from './transcriptList';

const listeners = new Set<() => void>();
const outputs = { stdout: newLines(), stderr: newLines(), check: newLines() };
const transcript = new TranscriptList(gapText, changed);

function newLines(): OutputLines {
  return new OutputLines(gapText, changed);
}

function gapText(bytes: number): string {
  return fill(texts.notKept, format.size(bytes));
}

function changed(): void {
  for (const listener of listeners) listener();
}

/** Adds output of an attempt, whether or not the page shows it yet. */
export function addOutput(part: OutputPart): void {
  addKnownFiles(part.files);
  outputs[part.stream].show(part);
}

/** The same of a transcript. */
export function addTranscript(part: TranscriptPart): void {
  addKnownFiles(part.files);
  transcript.show(part);
}

interface OutputProps {
  /** The number of the running attempt, if there is one. */
  running: number | null;
  /** Whether there is a transcript. */
  transcribed: boolean;
  /** Whether the person wants the output as it is nevertheless. */
  raw: boolean;
  chooseForm: (raw: boolean) => void;
}

/** The output of an attempt: of an agent, its transcript. */
export function Output({ running, transcribed, raw, chooseForm }: OutputProps) {
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    listeners.add(drawAgain as () => void);
    return () => void listeners.delete(drawAgain as () => void);
  }, []);
  const told = transcribed && !raw;
  const attempt = told ? transcript.attempt : outputs.stdout.attempt;
  if (attempt === 0) return null;
  const live = attempt === running;
  return (
    <section aria-labelledby="output">
      <div class="heading">
        <h2 id="output">{fill(texts.outputOf, attempt)}</h2>
        {transcribed && <Forms raw={raw} choose={chooseForm} />}
        <button type="button" class="link" onClick={() => send({ type: 'openOutput', attempt })}>
          {texts.openAsDocument}
        </button>
      </div>
      {told && <Transcript live={live} />}
      {outputNames
        .filter((stream) => !told || (stream !== 'stdout' && outputs[stream].size > 0))
        .map((stream) => (
          <Stream key={stream} stream={stream} live={live} />
        ))}
    </section>
  );
}

function Forms({ raw, choose }: { raw: boolean; choose: (raw: boolean) => void }) {
  const form = (isRaw: boolean, name: string) => (
    <button type="button" class="plain" aria-pressed={raw === isRaw} onClick={() => choose(isRaw)}>
      {name}
    </button>
  );
  return (
    <fieldset class="forms" aria-label={texts.form}>
      {form(false, texts.transcript)}
      {form(true, texts.rawOutput)}
    </fieldset>
  );
}

function Transcript({ live }: { live: boolean }) {
  const { from, earlier, element } = transcript;
  const empty = element.childElementCount === 0;
  return (
    <div class="stream">
      {empty && <div class="stream-head">{live ? texts.noOutputYet : texts.noOutput}</div>}
      {from > 0 && earlier && <Earlier stream="stdout" from={from} />}
      {from > 0 && !earlier && <p class="before">{fill(texts.earlierInDocument, format.size(from))}</p>}
      <Scroll element={element} label={texts.transcript} live={live} hidden={empty} />
    </div>
  );
}

function Earlier({ stream, from }: { stream: OutputName; from: number }) {
  return (
    <button type="button" class="earlier" onClick={() => send({ type: 'showEarlier', stream, before: from })}>
      {fill(texts.showEarlier, format.size(from))}
    </button>
  );
}

function Stream({ stream, live }: { stream: OutputName; live: boolean }) {
  const lines = outputs[stream];
  const empty = lines.size === 0;
  const { from } = lines;
  // Few runs are checked.
  if (stream === 'check' && empty) return null;
  const name = stream === 'check' ? texts.check : stream;
  return (
    <div class="stream">
      <div class="stream-head">
        <h3>{name}</h3>
        <span>{empty ? (live ? texts.noOutputYet : texts.noOutput) : format.size(lines.size)}</span>
      </div>
      {from > 0 && <Earlier stream={stream} from={from} />}
      <Scroll element={lines.element} label={name} live={live} hidden={empty} />
    </div>
  );
}

/** Pixels left below that count as the end: on a zoomed page, scrolling to the end may leave a fraction of a pixel. */
const endIsReached = 2;
/** Scrolling down to within this many pixels of the end follows the end again. */
const endIsNear = 24;

interface ScrollProps {
  element: HTMLElement;
  label: string;
  live: boolean;
  hidden: boolean;
}

/** A scrollable box for output that follows its end until the reader scrolls up. */
function Scroll({ element, label, live, hidden }: ScrollProps) {
  const box = useRef<HTMLElement>(null);
  const lastTop = useRef(0);
  const [following, follow] = useState(true);
  useLayoutEffect(() => box.current?.append(element), [element]);
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
        aria-label={label}
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
