import type { ChangedFile, ChangesView } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { fill, texts } from './taskPageL10n';

/** The git commits involved, and the files that changed. */
export function Changes({ changes }: { changes: ChangesView }) {
  const { story, detail, notes, files, more, comments, ways } = changes;
  return (
    <section aria-labelledby="changes">
      <div class="heading">
        <h2 id="changes">{texts.changes}</h2>
        <div class="links">
          {comments > 0 && (
            <button
              type="button"
              class="link"
              onClick={() => send({ type: 'run', command: 'requeueWithComments' })}
            >
              {fill(texts.requeueWithComments, comments)}
            </button>
          )}
          {ways.map(({ command, title }) => (
            <button key={command} type="button" class="link" onClick={() => send({ type: 'run', command })}>
              {title}
            </button>
          ))}
          {files.length > 0 && (
            <button type="button" class="link" onClick={() => send({ type: 'openChanges' })}>
              {texts.openChanges}
            </button>
          )}
          <button type="button" class="link" onClick={() => send({ type: 'readChanges' })}>
            {texts.refresh}
          </button>
        </div>
      </div>
      {story !== null && <p class="mono">{story}</p>}
      <p class="muted">{detail}</p>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      <ul class="files">
        {files.map((file) => (
          <File key={file.path} {...file} />
        ))}
        {more > 0 && <li class="muted">{fill(texts.moreFiles, more)}</li>}
      </ul>
    </section>
  );
}

const letters: Record<ChangedFile['status'], string> = {
  added: 'A',
  modified: 'M',
  deleted: 'D',
  renamed: 'R',
  untracked: 'U',
};

function File({ path, before, status, word }: ChangedFile) {
  const cut = path.lastIndexOf('/') + 1;
  return (
    <li>
      <abbr class={`letter ${status}`} title={word}>
        {letters[status]}
        <span class="unseen">{` ${word}: `}</span>
      </abbr>
      <button type="button" class="link" onClick={() => send({ type: 'openChange', path })}>
        <span class="folder">{path.slice(0, cut)}</span>
        {path.slice(cut)}
      </button>
      {before !== null && <span class="muted">{` ← ${before}`}</span>}
    </li>
  );
}
