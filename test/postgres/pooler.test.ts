/** A queue behind pgbouncer, which lends a connection of the server to one transaction each. */

import assert from 'node:assert/strict';
import { withFolder } from '../support/folders';
import { openHost } from '../support/postgres/hosts';
import { Pooler } from '../support/postgres/pooler';
import { newSchema } from '../support/postgres/server';

const problem = Pooler.program() === undefined ? ': pgbouncer is not installed' : '';

describe('hosts behind pgbouncer in transaction mode', () => {
  (problem ? it.skip : it)(`share a queue, and hear of each other without being told${problem}`, async () => {
    const place = newSchema();
    const pooler = await Pooler.start(place.url);
    try {
      await withFolder(async (folder) => {
        const pooled = { ...place, url: pooler.urlOf(place.url) };
        const hosts = [await openHost(`${folder}/a`, pooled), await openHost(`${folder}/b`, pooled)] as const;
        const [first, second] = hosts;
        await first.createSession({ name: 'work' });
        await first.createStream({ session: 'work', name: 'lane' });
        const waiting = second.claimNext('lane', { wait: 60 });
        await Promise.all(
          Array.from({ length: 40 }, (_, at) =>
            hosts[at % 2]?.enqueue({ stream: 'lane', tool_name: 'outside', label: String(at) }),
          ),
        );
        const claims = await Promise.all(
          Array.from({ length: 39 }, (_, at) => hosts[at % 2]?.claimNext('lane')),
        );
        const labels = [await waiting, ...claims].map((claim) => claim?.task.label);
        assert.equal(new Set(labels).size, 40);
        const told = second.claimNext('lane', { wait: 60 });
        await first.enqueue({ stream: 'lane', tool_name: 'outside', label: 'last' });
        assert.equal((await told)?.task.label, 'last');
        await Promise.all(hosts.map((host) => host.close()));
      });
    } finally {
      await pooler.stop();
    }
  });
});
