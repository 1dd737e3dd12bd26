#!/usr/bin/env bash
# Many actors against the model: a minute of it, from the seed of the day (scripts/test-model has more).
set -euo pipefail

if [ ! -x build/tests/sim/actors ]; then
	echo "no cmocka when it was built"
	exit 77
fi
scripts/test-model --seconds 60
echo "ok what many actors do at once is what the model says"
scripts/test-model --self-check
echo "ok a rule that is missing is noticed"
