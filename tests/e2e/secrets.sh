#!/usr/bin/env bash
# Nothing secret and nothing personal stands in the server's log, in the journal or open in any file:
# passwords, tokens, links, phone numbers, names, addresses, serial numbers, whether accepted or refused.
# Files are for their owner alone. What is held about a person is given out, and erased.
set -euo pipefail
source tests/e2e/serving
db=$WORK/secrets.db

password='correct-horse-battery' wrong='Wrong-Staple-77' phone=13977766655 name=Secretname
address='17 Hidden Lane' bank=6222020200112233445 serial=SN-SECRET-4711 email=hidden@example.org
imei=490154203237518

"$RELODE" init --db "$db" >/dev/null
user=$("$RELODE" user create --db "$db" --login root --roles admin,clerk,officer --password "$password" --json |
	jq -r .user)
token=$("$RELODE" token issue --db "$db" --user "$user" --label e2e --json | jq -r .token)
serve --db "$db"

post /v1/cities city '{"city":1,"name":"Shanghai","time_zone":"Asia/Shanghai","currency":"CNY"}' >/dev/null
login=$(post /v1/login login "{\"login\":\"root\",\"password\":\"$password\"}" | jq -r .token)
[ "${login#rl_}" != "$login" ] || fail "no login"
post /v1/login wrong "{\"login\":\"root\",\"password\":\"$wrong\"}" >/dev/null
post /v1/login more "{\"login\":\"root\",\"password\":\"$wrong\",\"$wrong\":1}" >/dev/null
curl -sS -o /dev/null -H 'Authorization: Bearer rl_WrongTokenWrongTokenWrongTokenWrongTokenWro' "$url/v1/users"
person="{\"kind\":\"person\",\"roles\":\"owner\",\"name\":\"$name\",\"phone\":\"$phone\",\"email\":\"$email\",
	\"address\":\"$address\",\"bank_account\":\"$bank\"}"
owner=$(post /v1/cities/1/parties owner "$person" | jq .party)
post /v1/cities/1/parties kind "{\"kind\":\"$name\",\"roles\":\"$phone\",\"name\":\"$name\",\"phone\":7}" >/dev/null
get "/v1/cities/1/parties?phone=$phone" | jq -e '.items | length == 1' >/dev/null || fail "not found by phone"
! get "/v1/cities/1/$phone/$name?name=$name" >/dev/null 2>&1 || fail "there is such a place"
shop=$(post /v1/cities/1/parties shop '{"kind":"organisation","roles":"merchant","public_name":"Corner"}' | jq .party)
site=$(post /v1/cities/1/sites site "{\"party\":$shop,\"kind\":\"store\",\"name\":\"Corner\"}" | jq .site)
order=$(post /v1/cities/1/orders order "{\"owner\":$owner,\"site\":$site,\"items\":[{\"category\":\"phone\",
	\"age_months\":20}]}")
link=$(jq -r .link <<<"$order")
item=$(jq -r '.items[0].item' <<<"$order")
token=$link post "/v1/cities/1/items/$item/give" give '{}' >/dev/null
device=$(post "/v1/cities/1/items/$item/take-in" take "{\"identifiers\":[{\"kind\":\"serial\",\"value\":\"$serial\"},
	{\"kind\":\"imei\",\"value\":\"$imei\"}]}" | jq .device)
[ "$device" != null ] || fail "no device was taken in"
echo "ok a life with passwords, tokens, a person and serial numbers"

held=$(get "/v1/cities/1/parties/$owner/data")
for secret in "$name" "$phone" "$email" "$address" "$bank"; do
	grep -qF "$secret" <<<"$held" || fail "$secret is held, and is not given out"
done
[ "$(jq '.orders | length' <<<"$held")" = 1 ] || fail "the order is not given out"
echo "ok what is held about a person is given out, to who may ask"

# lacks FILE... : none of them has any of the secrets, in any case of letters.
lacks() {
	local secret file
	for secret in "$password" "$wrong" "${token#rl_}" "${login#rl_}" "${link#*.}" "$phone" "$name" "$email" \
		"$address" "$bank" "$serial" "$imei" WrongTokenWrong; do
		for file in "$@"; do
			! grep -rqaiF -- "$secret" "$file" || fail "$file holds \"$secret\""
		done
	done
}
[ "$(wc -l <"$err")" -ge 12 ] || fail "the log has hardly a line"
lacks "$out" "$err"
echo "ok the log holds nothing of it"

for city in 0 1; do
	"$RELODE" export journal --server "$url" --auth "$token" --city $city >"$WORK/journal-$city" 2>/dev/null ||
		get "/v1/cities/$city/log/entries" >"$WORK/journal-$city"
	[ -s "$WORK/journal-$city" ] || fail "no journal of city $city"
done
lacks "$WORK"/journal-*
echo "ok the journal holds nothing of it"

post "/v1/cities/1/parties/$owner/forget" forget '{}' | jq -e .seq >/dev/null || fail "not forgotten"
held=$(get "/v1/cities/1/parties/$owner/data")
! grep -qF -e "$name" -e "$phone" <<<"$held" || fail "forgotten, and still given out"
echo "ok a person is forgotten: what is given out then is what the books keep"

stop
lacks "$db"*
find "$WORK" -name 'secrets.db*' -type f >"$WORK/files"
while read -r file; do
	[ "$(stat -c %a "$file")" = 600 ] || fail "$file has mode $(stat -c %a "$file")"
done <"$WORK/files"
while read -r dir; do
	[ "$(stat -c %a "$dir")" = 700 ] || fail "$dir has mode $(stat -c %a "$dir")"
done < <(find "$WORK" -mindepth 1 -name 'secrets.db*' -type d)
echo "ok the files hold nothing of it in the open, and are for their owner alone"

"$RELODE" audit --db "$db" >/dev/null || fail "the books do not hold"
echo "ok the books hold"

chmod 640 "$db.keys"
! "$RELODE" audit --db "$db" >"$WORK/open" 2>&1 || fail "keys that others may read are used"
grep -q 'chmod 600' "$WORK/open" || fail "it does not say what to do: $(cat "$WORK/open")"
echo "ok keys that others may read are refused"
