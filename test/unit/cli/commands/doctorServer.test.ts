import assert from 'node:assert/strict';
import { serverLines } from '../../../../src/cli/commands/doctor/server';
import type { ServerHealth } from '../../../../src/postgres/health';

const health: ServerHealth = {
  version: '17.2',
  tls: null,
  role: 'ben',
  rights: 'app',
  superuser: false,
  other_machines: 0,
  schema_version: '9.4',
  moved_to: null,
  round_trip_ms: 0.4,
  clock_ahead_ms: 3,
  pooled: false,
  synchronous_commit: 'on',
  oldest_transaction_seconds: null,
  live_rows: 1,
  dead_rows: 0,
};

function roleLine(facts: Partial<ServerHealth>): string | null | undefined {
  const place = { url: 'postgresql://db', schema: 'sparkq', named_by: 'sparkq.yml', password_from: null };
  const lines = serverLines({ ...place, health: { ...health, ...facts } });
  return lines.find(([name]) => name === 'Role')?.[1];
}

describe('What sparkq doctor says of a role', () => {
  it('is a sentence about it', () => {
    assert.equal(roleLine({}), 'ben may use the queue');
    assert.equal(roleLine({ rights: 'some' }), 'ben has only some of the rights that the queue needs');
    assert.equal(
      roleLine({ role: 'root', rights: 'migrator', superuser: true }),
      'root (superuser) may use the queue, and create and upgrade its tables',
    );
  });
});
