import assert from 'node:assert/strict';
import { withoutDatabasePassword } from '../../../../src/config/databasePlace';
import type { RunSpec } from '../../../../src/runner/runFiles';
import { childEnv } from '../../../../src/runner/supervisor/childEnv';
import { withoutVariables } from '../../../../src/system/environment';
import { noCurrentFolder } from '../../../../src/system/programs';
import { onPlatform } from '../../../support/windowsFiles';

/** As a git hook, or a person with several queues, may have them. */
const inherited = {
  PATH: '/bin',
  OTHER: 'x',
  GIT_DIR: '/other/.git',
  GIT_INDEX_FILE: '/other/index',
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'core.bare',
  GIT_CONFIG_VALUE_0: 'true',
  GIT_SSH_COMMAND: 'ssh -i key',
  GIT_ASKPASS: 'ask',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_CONFIG_GLOBAL: '/home/ada/gitconfig',
  SPARKQ_TOKEN: 'secret',
  SPARKQ_HOME: '/home/ada/.sparkq',
};

function envOf(spec: Partial<RunSpec>): Record<string, string> {
  const whole = { storage: '/q', task: 'tsk_1', attempt: 1, env_allow: null, env: {}, ...spec };
  const env = childEnv(whole as RunSpec, inherited);
  // What every script has.
  return withoutVariables(env, [
    'PYTHONUNBUFFERED',
    'PYTHONUTF8',
    'SHLVL',
    'NoDefaultCurrentDirectoryInExePath',
    'SPARKQ_STORAGE',
    'SPARKQ_TASK_ID',
    'SPARKQ_ATTEMPT',
    'SPARKQ_RUN_PROOF',
  ]);
}

describe('the environment of a script', () => {
  it('has no token of a queue and nothing that ties git to a repository', () => {
    assert.deepEqual(envOf({}), {
      PATH: '/bin',
      OTHER: 'x',
      GIT_SSH_COMMAND: 'ssh -i key',
      GIT_ASKPASS: 'ask',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_CONFIG_GLOBAL: '/home/ada/gitconfig',
      SPARKQ_HOME: '/home/ada/.sparkq',
    });
  });

  it('has no password of the server that has the queue, unless the task gives one itself', () => {
    const env = {
      SPARKQ_DATABASE_URL: 'postgresql://ann:secret@db/work',
      PGPASSWORD: 'secret',
      PGUSER: 'ann',
    };
    const clean = { SPARKQ_DATABASE_URL: 'postgresql://ann@db/work', PGUSER: 'ann' };
    assert.deepEqual(withoutDatabasePassword(env), clean);
    assert.deepEqual(withoutDatabasePassword({ PGPASSWORD: 'secret', PGUSER: 'ann' }, true), {
      PGUSER: 'ann',
    });
    assert.deepEqual(withoutDatabasePassword({ PGPASSWORD: 'mine' }), { PGPASSWORD: 'mine' });
    assert.deepEqual(withoutDatabasePassword({ SPARKQ_DATABASE_URL: 'nonsense secret' }), {});
    const spec = {
      storage: '/q',
      task: 'tsk_1',
      attempt: 1,
      env_allow: ['PG*', 'SPARKQ_*'],
      env: {},
    } as unknown as RunSpec;
    const { SPARKQ_DATABASE_URL: url, PGPASSWORD: password } = childEnv(spec, env);
    assert.deepEqual([url, password], [clean.SPARKQ_DATABASE_URL, undefined]);
    assert.equal(childEnv({ ...spec, env: { PGPASSWORD: 'own' } }, env).PGPASSWORD, 'own');
  });

  it('has neither if an allowlist names them', () => {
    assert.deepEqual(envOf({ env_allow: ['GIT_DIR', 'GIT_S*', 'SPARKQ_*'] }), {
      PATH: '/bin',
      GIT_SSH_COMMAND: 'ssh -i key',
      SPARKQ_HOME: '/home/ada/.sparkq',
    });
  });

  it('says of an agent that it is one, whatever its payload says', () => {
    const env = { SPARKQ_ORIGIN: 'person' };
    assert.equal(envOf({ env, agent: true }).SPARKQ_ORIGIN, 'agent');
    assert.equal(envOf({}).SPARKQ_ORIGIN, undefined);
  });

  it('has each variable once on Windows, whatever the case of its name', () =>
    onPlatform('win32', () => {
      const own = {
        Path: 'C:\\bin',
        ProgramFiles: 'C:\\Programs',
        Sparkq_Token: 'secret',
        git_dir: 'x',
        Mine: '1',
      };
      const spec = { env_allow: ['programfiles', 'MI*'], env: { PATH: 'D:\\bin', sparkq_task_id: 'other' } };
      const env = childEnv(
        { storage: 'q', task: 'tsk_1', attempt: 1, ...spec } as Partial<RunSpec> as RunSpec,
        own,
      );
      assert.deepEqual(withoutVariables(env, [...Object.keys(noCurrentFolder), 'SPARKQ_RUN_PROOF']), {
        PATH: 'D:\\bin',
        ProgramFiles: 'C:\\Programs',
        Mine: '1',
        PYTHONUTF8: '1',
        PYTHONUNBUFFERED: '1',
        SHLVL: '1',
        SPARKQ_STORAGE: 'q',
        SPARKQ_TASK_ID: 'tsk_1',
        SPARKQ_ATTEMPT: '1',
      });
    }));

  it('has variables that differ in case elsewhere', () =>
    onPlatform('linux', () => {
      const env = { path: 'mine', Other: 'y' };
      assert.deepEqual(envOf({ env, env_allow: ['other'] }), { PATH: '/bin', ...env });
    }));

  it('inherits nothing of what the task brings another environment for', () => {
    const env = { PATH: '/venv/bin' };
    assert.deepEqual(envOf({ env, env_omit: ['OTHER'], env_allow: ['OTHER'] }), env);
  });

  it('has what the tool or the payload sets', () => {
    const env = { GIT_DIR: '/mine/.git', SPARKQ_TOKEN: 'of another queue' };
    assert.deepEqual(envOf({ env, env_allow: [] }), { PATH: '/bin', ...env });
  });
});
