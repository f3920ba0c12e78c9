import path from 'node:path';
import { type Agent, commonForm, commonSkills } from './agent';
import { json } from './formats/json';

export const cursor: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'Cursor',
  format: json,
  projectFiles: ['.cursor/mcp.json'],
  userFiles: ({ home }) => [path.join(home, '.cursor', 'mcp.json')],
};
