#!/usr/bin/env bash
# Test with several processes.
# Usage: tools/dist_test.sh CONFIG CHECKPOINT PROCESSES [options of tools/test.py]
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
CONFIG=$1
CHECKPOINT=$2
PROCESSES=$3
shift 3
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOOL=test.py exec bash "$HERE/dist_train.sh" "$CONFIG" "$PROCESSES" "$CHECKPOINT" "$@"
