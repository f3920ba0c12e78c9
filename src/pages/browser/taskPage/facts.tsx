import type { TaskFact } from '../../taskPage/taskPageProtocol';
import { send } from './extensionHost';
import { texts } from './taskPageL10n';

/** Further details as a list of names and values. */
export function Facts({ facts }: { facts: TaskFact[] }) {
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{texts.facts}</h2>
      <FactList facts={facts} />
    </section>
  );
}

export function FactList({ facts }: { facts: TaskFact[] }) {
  return (
    <dl class="facts">
      {facts.map((fact) => (
        <div key={`${fact.name} ${fact.taskId ?? ''}`}>
          <dt>{fact.name}</dt>
          <dd>
            <Value {...fact} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ value, taskId }: TaskFact) {
  if (taskId === undefined) return <>{value}</>;
  return (
    <button type="button" class="link" onClick={() => send({ type: 'openTask', taskId })}>
      {value}
    </button>
  );
}
