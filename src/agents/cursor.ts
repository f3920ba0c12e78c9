import path from 'node:path';
import { type Agent, commonForm } from './agent';
import { json } from './formats/json';

export const cursor: Agent = {
  ...commonForm,
  title: 'Cursor',
  format: json,
  projectFiles: ['.cursor/mcp.json'],
  userFiles: ({ home }) => [path.join(home, '.cursor', 'mcp.json')],
};
