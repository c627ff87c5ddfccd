#!/bin/sh
# Sets up Claude Code and Codex side by side; `codex-bridge init --help` says what it does.
exec node "$(dirname "$0")/dist/bin.js" init "$@"
