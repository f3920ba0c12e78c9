import type { TaskAction, TaskView } from '../../taskPage/taskPageProtocol';
import { Approval } from './approval';
import { send } from './extensionHost';
import { StateIcon } from './stateIcon';
import { fill, texts } from './taskPageL10n';

/** The task's name, its state and the reason for it, and the actions available. */
export function Header({ view }: { view: TaskView }) {
  const { state, progress } = view;
  return (
    <header>
      <h1>{view.name}</h1>
      <p class="state">
        <span class={`pill ${state.tone}`}>
          <StateIcon name={state.icon} />
          {state.word}
        </span>
        {state.why !== null && <span class="why">{state.why}</span>}
      </p>
      {view.gone !== null && <p class="gone">{view.gone}</p>}
      {progress && <Progress {...progress} />}
      {view.approval !== null && <Approval view={view.approval} />}
      {view.question !== null && <Question {...view.question} />}
      {view.note !== null && (
        <blockquote class="note" aria-label={texts.note}>
          <b>{texts.note}</b>
          <p>{view.note}</p>
        </blockquote>
      )}
      <Actions actions={view.actions} plain={view.approval !== null} />
    </header>
  );
}

function Question({ text, choices, askedAt }: NonNullable<TaskView['question']>) {
  return (
    <blockquote class="note" aria-label={texts.question}>
      <b>{texts.question}</b>
      <p>{text}</p>
      {choices.length > 0 && (
        <fieldset class="actions" aria-label={text}>
          {choices.map((choice) => (
            <button
              key={choice}
              type="button"
              onClick={() => send({ type: 'answer', text: choice, askedAt })}
            >
              {choice}
            </button>
          ))}
        </fieldset>
      )}
    </blockquote>
  );
}

function Progress({ percent, message }: { percent: number | null; message: string | null }) {
  return (
    <div class="progress">
      {percent !== null && <progress aria-label={texts.progress} value={percent} max={100} />}
      <span>{[percent !== null && `${percent}%`, message].filter(Boolean).join(' · ')}</span>
    </div>
  );
}

/** Buttons; the first is the primary one, if it does anything to the task, and unless all are plain. */
export function Actions({ actions, plain = false }: { actions: TaskAction[]; plain?: boolean }) {
  return (
    <fieldset class="actions" aria-label={texts.actions}>
      {actions.map(({ command, title, key }, index) => (
        <button
          key={command}
          type="button"
          class={index === 0 && !plain && command !== 'copyTaskId' ? 'first' : undefined}
          title={key && fill(texts.keyAndNext, key)}
          aria-keyshortcuts={key?.replace('Ctrl', 'Control')}
          onClick={() => send({ type: 'run', command })}
        >
          {title}
        </button>
      ))}
    </fieldset>
  );
}
