import type { NoticeView } from '../../taskPage/taskPageProtocol';
import { Actions } from './header';
import { StateIcon } from './stateIcon';

/** Shown instead of a task that does not exist or is not loaded yet. */
export function Notice({ view }: { view: NoticeView }) {
  return (
    <main class="notice">
      <StateIcon name={view.busy ? 'loading~spin' : 'circle-slash'} large />
      <h1>{view.title}</h1>
      {view.detail !== '' && <p>{view.detail}</p>}
      {view.actions.length > 0 && <Actions actions={view.actions} />}
    </main>
  );
}
