import assert from 'node:assert/strict';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import * as vscode from 'vscode';
import { AgentTools, providerId } from '../../../src/editor/agents/agentTools';
import type { EditorContext } from '../../../src/editor/workspace/editorContext';
import { activate, openQueue } from '../editor';

describe('The tools for the agents of the editor', () => {
  it('are those of the extension, served by the Node of the editor for the folder that is open', async () => {
    const { version } = await activate();
    const extension = vscode.extensions.getExtension('sparkq.sparkq');
    assert.ok(extension);
    const { mcpServerDefinitionProviders: contributed } = extension.packageJSON.contributes;
    assert.deepEqual(contributed, [{ id: providerId, label: 'SparkQ' }]);

    const queue = await openQueue();
    let opened = 0;
    const editor = {
      version,
      context: { extensionUri: extension.extensionUri },
      access: { open: async () => void opened++ },
    } as unknown as EditorContext;
    const tools = new AgentTools(editor);
    const [offered] = tools.provideMcpServerDefinitions();
    assert.ok(offered);
    const { command, args, env, cwd } = await tools.resolveMcpServerDefinition(offered);
    assert.equal(opened, 1);
    assert.equal(command, process.execPath);

    const variables = Object.entries({ ...process.env, ...env }).filter(([, value]) => value != null);
    const client = new Client({ name: 'tester', version: '1.0.0' });
    await client.connect(
      new StdioClientTransport({
        command,
        args,
        env: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
        // Not the folder: the program is told which one it is for.
        cwd: path.dirname(cwd?.fsPath ?? ''),
      }),
    );
    try {
      assert.equal((await client.listTools()).tools.length, 8);
      const tasks = [{ key: 'a', prompt: 'Write the tests' }];
      await client.callTool({ name: 'enqueue_tasks', arguments: { tasks } });
      const { items } = await queue.listTasks({ q: 'Write the tests' });
      assert.deepEqual(
        items.map((task) => [task.tool_name, task.status]),
        [['agent', 'queued']],
      );
    } finally {
      await client.close();
    }
  });
});
