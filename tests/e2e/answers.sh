#!/usr/bin/env bash
# What a server answers is what its OpenAPI document says (answers.mjs).
set -euo pipefail
source tests/e2e/serving

if ! command -v node >/dev/null || [ ! -e node_modules/ajv/dist/2020.js ]; then
	echo "the answers are not held against the OpenAPI document: node or ajv is missing"
	exit 77
fi

db=$WORK/answers.db
"$RELODE" init --db "$db" >/dev/null
token() { # LOGIN ROLES [OPTION...]
	local user
	user=$("$RELODE" user create --db "$db" --login "$1" --roles "$2" "${@:3}" --json | jq -r .user)
	"$RELODE" token issue --db "$db" --user "$user" --label answers --json | jq -r .token
}
"$RELODE" audit --db "$db" >/dev/null # leaves the note that report.audit shows
admin=$(token root admin,clerk,technician,dismantler,officer,analyst,auditor)
serve --db "$db" --rate 0 --rate-public 0 --rate-failed 10000 --rate-guest 10000 --no-schedule --log warn
node tests/e2e/answers.mjs "$url" "$admin" || fail "an answer is not what the document says"
stop
