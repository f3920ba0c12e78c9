import path from 'node:path';
import { type Agent, commonForm, commonSkills } from './agent';
import { json } from './formats/json';

export const gemini: Agent = {
  ...commonSkills,
  ...commonForm,
  title: 'Gemini CLI',
  format: json,
  projectFiles: ['.gemini/settings.json'],
  userFiles: ({ home }) => [path.join(home, '.gemini', 'settings.json')],
};
