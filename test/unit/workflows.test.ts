import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { supportedNodes } from '../provision/node';

interface Step {
  if?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
  env?: Record<string, string>;
}

interface Job {
  uses?: string;
  permissions?: Record<string, string>;
  strategy?: { matrix: { os: string[]; vscode: string[] } };
  steps?: Step[];
}

interface Workflow {
  permissions: Record<string, string>;
  concurrency: { group: string };
  jobs: Record<string, Job>;
}

const folder = path.join('.github', 'workflows');
const texts = new Map(
  readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]),
);
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));
const steps = [...workflows].flatMap(([name, { jobs }]) =>
  Object.values(jobs).flatMap((job) => (job.steps ?? []).map((step) => ({ name, ...step }))),
);
const { engines, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { vscode: string; node: string };
  scripts: Record<string, string>;
};

describe('the workflows', () => {
  it('test on each system, with the oldest supported VS Code and the newest', () => {
    const matrix = workflows.get('ci.yml')?.jobs.test?.strategy?.matrix;
    assert.deepEqual(matrix?.os, ['ubuntu-latest', 'macos-latest', 'windows-latest']);
    assert.deepEqual(matrix?.vscode, [engines.vscode.replace('^', ''), 'stable']);
  });

  it('use the oldest supported Node', () => {
    const versions = steps
      .filter(({ uses }) => uses?.startsWith('actions/setup-node@'))
      .map((step) => step.with?.['node-version']);
    assert.ok(versions.length > 0);
    assert.deepEqual([...new Set(versions)], [engines.node.replace('>=', '')]);
  });

  it('run the tests with each Node that the README names, from the oldest supported one', () => {
    const lines = supportedNodes.map((version) => version.split('.')[0]);
    const list = `${lines.slice(0, -1).join(', ')} and ${lines.at(-1)}`;
    assert.ok(
      readFileSync('README.md', 'utf8').replaceAll('\n', ' ').includes(`tested with Node.js ${list}.`),
    );
    assert.ok(supportedNodes[0].startsWith(`${engines.node.replace('>=', '')}.`));
    assert.ok(workflows.get('ci.yml')?.jobs.nodes?.steps?.some(({ run }) => run === 'npm run test:nodes'));
  });

  it('run the long form of the tests of Windows there', () => {
    const step = workflows.get('ci.yml')?.jobs.test?.steps?.find(({ run }) => run === 'npm run test:windows');
    assert.match(step?.if ?? '', /^runner\.os == 'Windows'/);
  });

  it('run only existing scripts', () => {
    const used = steps.flatMap(({ run = '' }) => [...run.matchAll(/npm run (\S+)|npm (test)\b/g)]);
    const names = used.map(([, script, test]) => script ?? test ?? '');
    assert.deepEqual([...new Set(names)].sort(), ['package', 'test', 'test:nodes', 'test:windows']);
    for (const name of names) assert.ok(scripts[name], name);
    assert.deepEqual(
      steps.filter(({ run = '' }) => /\bbench\b/.test(run)),
      [],
    );
  });

  it('have read access, and only the publishing job may write', () => {
    for (const [name, { permissions, concurrency, jobs }] of workflows) {
      assert.deepEqual(permissions, { contents: 'read' }, name);
      assert.match(concurrency.group, /github\.ref/, name);
      for (const [job, { permissions: own }] of Object.entries(jobs)) {
        if (own) assert.deepEqual([name, job, own], ['release.yml', 'publish', { contents: 'write' }]);
      }
    }
  });

  it('publish the tested package, and only for a tag', () => {
    const { jobs } = parse(texts.get('release.yml') ?? '') as {
      jobs: Record<string, { needs?: string; if?: string }>;
    };
    assert.deepEqual([jobs.package?.needs, jobs.publish?.needs], ['test', 'package']);
    assert.equal(jobs.publish?.if, "github.event_name == 'push'");
    const secrets = [...texts].flatMap(([, text]) => [...text.matchAll(/secrets\.(\w+)/g)]);
    assert.deepEqual(
      secrets.map(([, secret]) => secret),
      ['VSCE_PAT', 'OVSX_PAT'],
    );
  });

  it('name a version for every external action and program, and no registry', () => {
    for (const { uses } of steps) if (uses) assert.match(uses, /^actions\/[\w-]+@(v\d+|[0-9a-f]{40})$/);
    for (const { run = '' } of steps) {
      for (const [, program = ''] of run.matchAll(/\bnpx (?:--yes )?(\S+)/g)) {
        assert.ok(program.includes('@') || program === 'vsce', program);
      }
    }
    for (const [name, text] of texts) assert.doesNotMatch(text, /https?:|registry/, name);
  });
});
