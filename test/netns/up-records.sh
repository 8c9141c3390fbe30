#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# up and down with a record, and an index of domains, that tell nothing true;
# taps that come and go under the same name.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
record=$T_STATE/tap0
index=$T_TMP/state/.index

anew() {
	ip link del tap0 2>/dev/null
	ip tuntap add tap0 mode tap
}

# filtered NAME, gone NAME
filtered() {
	t_is "$1: chains, link, bridge" "2 up br0" \
		"$(chains tap0) $(flags tap0) $(port_of tap0)"
	t_is "$1: a frame of the guest" pass "$(probe tap0 "$GUEST")"
	t_is "$1: another frame" drop "$(probe tap0 "$OTHER")"
}

gone() {
	t_is "$1: chains" 0 "$(chains tap0)"
	t_false "$1: record" test -e "$record"
}

# ---- records -------------------------------------------------------------
helper up tap0
rm "$record"
t_true "up without a record" helper up tap0
filtered "up without a record"
rm "$record"
t_true "down without a record" helper down tap0
gone "down without a record"
helper up tap0
cp "$record" "$T_TMP/old"
: >"$record"
t_true "up with an empty record" helper up tap0
filtered "up with an empty record"
head -c 100 "$T_TMP/old" >"$record"
t_true "down with half a record" helper down tap0
gone "down with half a record"
# A record that speaks of another device and other rules
anew
cp "$T_TMP/old" "$record"
t_true "up with a stale record" helper up tap0
filtered "up with a stale record"
cp "$T_TMP/old" "$record"
t_true "up again with a stale record" helper up tap0
filtered "up again with a stale record"
cp "$T_TMP/old" "$record"
t_true "down with a stale record" helper down tap0
gone "down with a stale record"
cp "$T_TMP/old" "$record"
t_true "down with a record and nothing else" helper down tap0
gone "down with a record and nothing else"
cp "$T_TMP/old" "$T_STATE/.tmp.tap0"
mkdir "$T_STATE/x"
t_true "up with an abandoned temporary file" helper up tap0
filtered "up with an abandoned temporary file"
helper down tap0
rmdir "$T_STATE/x"
t_is "nothing is left" ".egress .index .index-lock .sweep" \
	"$(find "$T_TMP/state" -type f -printf '%f\n' | sort | xargs)"
rm -r "$T_TMP/state"
t_true "down without a state directory" helper down tap0
t_true "up without a state directory" helper up tap0
rm -r "$T_TMP/state"
t_true "down when the state directory has gone" helper down tap0
gone "down when the state directory has gone"

# ---- taps that come and go -----------------------------------------------
helper up tap0
ip link del tap0
ip tuntap add tap0 mode tap
ip link set tap0 master br0 up
place_can device && want=pass || want=drop
t_is "a new tap of the same name: whether it has the rules" $want \
	"$(probe tap0 "$OTHER")"
ip link set tap0 nomaster down
t_true "up of the new tap" helper up tap0
filtered "up of the new tap"
ip link del tap0
t_true "down when the tap has gone" helper down tap0
gone "down when the tap has gone"
anew
helper up tap0
anew
up_domain tap0 br0
t_true "up of a new tap that references nothing" helper up tap0
gone "up of a new tap that references nothing"
t_is "it is not filtered" pass "$(probe tap0 "$OTHER")"
up_domain tap0 br0 own-mac
helper down tap0
helper up tap0
anew
up_domain tap0 br0 missing
ip link set tap0 master br0 up
t_false "a failing up of a new tap" helper up tap0
gone "a failing up of a new tap"
t_is "it is closed" down "$(flags tap0)"

# ---- the index of domains ------------------------------------------------
# claims TAP...: write domains/of-tap0.xml so that it claims these, in place
claims() {
	up_domain "$1" br0 own-mac
	[ "$T_TMP/domains/of-$1.xml" = "$T_TMP/domains/of-tap0.xml" ] ||
		mv "$T_TMP/domains/of-$1.xml" "$T_TMP/domains/of-tap0.xml"
}

# settled: long enough that a change of a file shows in its time
settled() {
	s_old=$(stat -c %y "$T_TMP/domains/of-tap0.xml")
	until touch "$T_TMP/tick" &&
		[ "$(stat -c %.9Y "$T_TMP/tick")" != \
			"$(stat -c %.9Y "$T_TMP/domains/of-tap0.xml")" ] &&
		[ "$(($(date +%s%N) - $(stat -c %.9Y \
			"$T_TMP/domains/of-tap0.xml" | tr -d .)))" -gt \
			50000000 ]; do
		:
	done
	: "$s_old"
}

anew
ip tuntap add tap1 mode tap
claims tap0
settled
t_true "up makes an index" helper up tap0
t_true "it is there" test -s "$index"
sum=$(stat -c %i "$index")
t_true "up again uses it" helper up tap0
t_is "it is not made anew" "$sum" "$(stat -c %i "$index")"
sed -i 's/guest-tap0/guest-tapx/' "$T_TMP/domains/of-tap0.xml"
t_true "up after a change of the directory" helper up tap0
t_false "it is made anew" test "$sum" = "$(stat -c %i "$index")"
settled
helper up tap0
sum=$(stat -c %i "$index")
sed 's/tap0/tap1/g' "$T_TMP/domains/of-tap0.xml" >"$T_TMP/changed"
cat "$T_TMP/changed" >"$T_TMP/domains/of-tap0.xml"
t_false "up after a change of the file in place" helper up tap0
t_true "the tap that it claims now" helper up tap1
helper down tap1
# The same size and time as before: not as when it was entered, all the same
settled
helper up tap1
touch -r "$T_TMP/domains/of-tap0.xml" "$T_TMP/time"
sum=$(stat -c %i "$index")
sed 's/tap1/tap0/g' "$T_TMP/changed" >"$T_TMP/domains/of-tap0.xml"
touch -r "$T_TMP/time" "$T_TMP/domains/of-tap0.xml"
helper up tap1 2>/dev/null
t_false "a change with the time set back: the index is made anew" \
	test "$sum" = "$(stat -c %i "$index")"
cat "$T_TMP/changed" >"$T_TMP/domains/of-tap0.xml"
helper down tap1
for damage in ': >"$index"' 'head -c 100 "$index" >"$T_TMP/x"; cat "$T_TMP/x" >"$index"' \
	'tr tap xyz <"$index" >"$T_TMP/x"; cat "$T_TMP/x" >"$index"' \
	'rm "$index"; ln -s /dev/null "$index"'; do
	settled
	helper up tap1
	eval "$damage"
	t_true "up after: $damage" helper up tap1
	helper down tap1
done
rm -f "$index"
ln -s "$T_TMP/changed" "$T_TMP/domains/link.xml"
t_false "a symbolic link in the directory" helper up tap1
t_done
