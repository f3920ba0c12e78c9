/**
 * Two modules of the server are compiled from C++ at install time. These stand in for them, so that no compiler is
 * needed: the logger (without it output channels stay empty) and the watchdog of a process's parent.
 */

const logger = `
const fs = require('node:fs');
const path = require('node:path');
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];

class Logger {
  constructor(_kind, _name, file) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    this.file = fs.openSync(file, 'a');
    this.level = 2;
    this.bare = false;
  }
  write(level, message) {
    if (this.file === undefined || level < this.level) return;
    const stamp = new Date().toISOString().replace('T', ' ').replace('Z', '');
    fs.writeSync(this.file, this.bare ? String(message) : stamp + ' [' + levels[level] + '] ' + message + '\\n');
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() { this.bare = false; }
  clearFormatters() { this.bare = true; }
  flush() {}
  drop() {
    if (this.file !== undefined) fs.closeSync(this.file);
    this.file = undefined;
  }
}
levels.forEach((name, level) => {
  Logger.prototype[name] = function (message) { this.write(level, message); };
});

const create = async (name, file) => new Logger('rotating', name, file);
// One by one: only so does an import() of this module see their names.
exports.version = 0;
exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
`;

const watchdog = `
exports.start = () => {};
exports.exit = (code) => process.exit(code || 0);
`;

/** Module name to the text of its index.js. */
export const standIns: Readonly<Record<string, string>> = {
  '@vscode/spdlog': logger,
  '@vscode/native-watchdog': watchdog,
};
