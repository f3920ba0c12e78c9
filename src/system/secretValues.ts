/** Recognizes values that are most likely secrets, so that nobody stores one without having been asked. */

const namesOfSecrets =
  /(^|[_-])(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SIGNING_?KEY|CREDENTIALS?|AUTH)([_-]|$)/i;

/** What well-known services begin theirs with, private keys, JSON web tokens, and addresses with a password. */
const shapesOfSecrets = [
  /^(gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|sk-|sk_live_|rk_live_|npm_|pypi-|AKIA|ASIA|AIza|hf_|dop_v1_)/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^eyJ[\w-]+\.[\w-]+\./,
  /^[a-z][\w+.-]*:\/\/[^\s/:@]*:[^\s/@]+@/i,
];

/** One long word of upper and lower case and digits, as a generator makes them. */
function isGenerated(value: string): boolean {
  return (
    /^[\w+/=-]{24,}$/.test(value) &&
    !value.includes('/') &&
    [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(value))
  );
}

/** Whether a variable's name or value is like that of a secret. */
export function looksSecret(name: string, value: string): boolean {
  if (value === '' || name.toUpperCase() === 'PWD' || name.toUpperCase() === 'OLDPWD') return false;
  return (
    namesOfSecrets.test(name) || shapesOfSecrets.some((shape) => shape.test(value)) || isGenerated(value)
  );
}
