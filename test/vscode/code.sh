#!/bin/sh
# Stands where the executable of VS Code would: given to runTests of @vscode/test-electron, it runs the tests in the
# server build, shown by a headless browser.
exec node "$(dirname "$0")/../../out/test/vscode/code.js" "$@"
