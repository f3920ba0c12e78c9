import type { ApprovalView, ShownText } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { FactList } from './facts';
import { texts } from './taskPageL10n';

/** What the task would start, and the buttons that let it, or deny it. */
export function Approval({ view }: { view: ApprovalView }) {
  const { digest, notice, ways } = view;
  return (
    <section class="approval" aria-labelledby="approval">
      <h2 id="approval">{texts.approval}</h2>
      {notice !== null && (
        <p class="gone" role="alert">
          {notice}
        </p>
      )}
      <FactList facts={view.facts} />
      {view.texts.map((shown, index) => (
        <Text key={index} id={`approval-${index}`} {...shown} />
      ))}
      <fieldset class="actions" aria-label={texts.approval}>
        {ways.map(({ title, remember, follow_ups }, index) => (
          <button
            key={title}
            type="button"
            class={index === 0 ? 'first' : undefined}
            onClick={() => send({ type: 'approve', digest, remember, follow_ups })}
          >
            {title}
          </button>
        ))}
        {view.plan !== null && (
          <button type="button" onClick={() => send({ type: 'run', command: 'approvePlan' })}>
            {view.plan}
          </button>
        )}
        <button type="button" onClick={() => send({ type: 'run', command: 'deny' })}>
          {texts.deny}
        </button>
      </fieldset>
    </section>
  );
}

function Text({ id, title, text }: ShownText & { id: string }) {
  return (
    <>
      <h3 id={id}>{title}</h3>
      {text === null ? (
        <p>{texts.notShown}</p>
      ) : (
        <section
          class="code"
          aria-labelledby={id}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable content must be reachable by keyboard
          tabIndex={0}
        >
          <pre>{text}</pre>
        </section>
      )}
    </>
  );
}
