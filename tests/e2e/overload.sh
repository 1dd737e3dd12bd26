#!/usr/bin/env bash
# A short version of scripts/test-overload: what a flood of one merchant does to another, to memory and to
# what was answered. Times are wide: the machine may be busy with other things.
set -euo pipefail

scripts/test-overload --seconds 3 --patience 10 --folder "$WORK" >"$WORK/out" 2>&1 || {
	cat "$WORK/out" >&2
	exit 1
}
grep -q '^answered [1-9][0-9]* lost 0 doubled 0$' "$WORK/out" || {
	cat "$WORK/out" >&2
	exit 1
}
echo "ok a flood is refused with 503, the polite merchant is not"
echo "ok memory stays bounded, and the server answers a moment after"
echo "ok every answered booking is in the books once, and the books hold"
