import assert from 'node:assert/strict';
import { looksSecret } from '../../../src/system/secretValues';

describe('A value that looks like a secret', () => {
  it('has the name of one', () => {
    for (const name of [
      'GITHUB_TOKEN',
      'db_password',
      'OPENAI_API_KEY',
      'APIKEY',
      'AWS_SECRET_ACCESS_KEY',
      'X-AUTH',
    ])
      assert.equal(looksSecret(name, 'x'), true, name);
    for (const name of [
      'PATH',
      'PWD',
      'OLDPWD',
      'AUTHOR',
      'KEYBOARD',
      'TOKENIZERS_PARALLELISM',
      'PASSENGERS',
      'CI',
    ])
      assert.equal(looksSecret(name, 'x'), false, name);
    assert.equal(looksSecret('TOKEN', ''), false);
  });

  it('or the shape of one', () => {
    const generated = 'aB3dE5fG7hI9jK1lM3nO5pQ7';
    for (const value of [
      `ghp_${'a1'.repeat(18)}`,
      'sk-abc',
      'AKIAIOSFODNN7EXAMPLE',
      'eyJhbGciOi.eyJzdWIi.abc',
      '-----BEGIN RSA PRIVATE KEY-----\nx',
      'postgres://ada:hunter2@db/main',
      generated,
    ])
      assert.equal(looksSecret('VALUE', value), true, value);
    for (const value of [
      'production',
      '/usr/lib/x86_64-linux-gnu/A1',
      'https://example.org/a',
      '0a'.repeat(20),
      '3.11',
      'a b',
    ])
      assert.equal(looksSecret('VALUE', value), false, value);
  });
});
