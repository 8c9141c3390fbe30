#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rules that somebody flushed or changed come back as the records have them;
# what cannot come back is closed.
#
# Runs alone: it floods.
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
t_need flock
up_setup
ip tuntap add tap1 mode tap
up_domain tap1 br0 own-mac
bring tap0
bring tap1

# call STATUS NAME ARG...: stderr is in $T_TMP/err
call() {
	c_want=$1
	c_name=$2
	shift 2
	c_rc=0
	helper "$@" >"$T_TMP/out" 2>"$T_TMP/err" || c_rc=$?
	if [ $c_rc = "$c_want" ]; then
		t_ok "$c_name"
	else
		t_fail "$c_name" "status $c_rc: $(cat "$T_TMP/err")"
	fi
}

says() {
	t_true "it says \"$1\"" grep -q -- "$1" "$T_TMP/err"
}

# state TAP: up or down, its bridge, number of chains, and what becomes of a
# frame of another guest and of its own
state() {
	echo "$(flags "$1") $(port_of "$1") $(chains "$1")" \
		"$(probe "$1" "$OTHER") $(probe "$1" "$GUEST")"
}

well="up br0 2 drop pass"
open="up br0 0 pass pass"
before=$(rules)

# ---- all is well ---------------------------------------------------------
t_is "filtered" "$well, $well" "$(state tap0), $(state tap1)"
handles=$(nft -a list ruleset)
call 0 "nothing to restore" restore
t_is "nothing is said" "" "$(cat "$T_TMP/err")"
t_is "no rule was touched" "$handles" "$(nft -a list ruleset)"

# ---- flushed -------------------------------------------------------------
wipe
t_is "flushed: open" "$open" "$(state tap0)"
call 0 "restore after a flush" restore
says "tap0: the recorded rules were missing and are back"
says "tap1: the recorded rules were missing and are back"
t_is "the rules are those from before" "$before" "$(rules)"
t_is "filtered again" "$well, $well" "$(state tap0), $(state tap1)"
t_true "no empty table is left" no_empty_table
mv "$T_TMP/profiles" "$T_TMP/away"
wipe
call 0 "restore without any profile" restore
t_is "the rules are those from before" "$before" "$(rules)"
mv "$T_TMP/away" "$T_TMP/profiles"

# ---- somebody's hand in our chains -----------------------------------------
only_tap0() {
	if with xtables; then
		ebtables-save | grep -e -tap0
	else
		nft -a list chain netdev "$(nft_table tap0)" tap0-out
	fi
}
handles=$(only_tap0)
meddle flush tap1
call 0 "a chain was flushed" restore
says "tap1: it was not as recorded, and is again"
t_is "the rules are those from before" "$before" "$(rules)"
meddle accept tap1
t_is "a rule was added: open" pass "$(probe tap1 "$OTHER")"
call 0 "a rule was added" restore
t_is "the rules are those from before" "$before" "$(rules)"
t_is "the other tap's were left alone" "$handles" "$(only_tap0)"

# ---- some of them --------------------------------------------------------
wipe
call 0 "one by its name" restore tap1
t_is "that one, and no other" "$open, $well" "$(state tap0), $(state tap1)"
call 1 "one that has no record" restore tap1 tap5 tap0
says "no record of tap5"
t_is "the others are restored" "$well, $well" "$(state tap0), $(state tap1)"
call 2 "no name of a tap" restore ../tap0

# ---- whose device has gone -----------------------------------------------
ip tuntap add tap2 mode tap
up_domain tap2 br0 own-mac
bring tap2
ip link del tap2
call 0 "a tap has gone" restore
says "tap2 has gone: cleared away"
t_false "its record is cleared" test -e "$T_STATE/tap2"

# ---- under another name --------------------------------------------------
ip link set tap1 down
ip link set tap1 name other
ip link set other up
t_is "renamed: open" pass "$(probe other "$OTHER")"
call 1 "a tap was renamed" restore
says "tap1 has been renamed to other"
t_is "it is closed" "down " "$(flags other) $(port_of other)"
t_is "the other is left alone" "$well" "$(state tap0)"
up_domain other br0 own-mac
bring other
call 0 "it was brought up under its new name" restore
t_is "and stays so" "$well" "$(state other)"
helper down other
ip link set other name tap1
bring tap1

# ---- a lock that somebody holds --------------------------------------------
wipe
# held until the other tap is restored
(
	flock 9
	until [ "$(chains tap0)" = 2 ]; do :; done
) 9>>"$T_STATE/.lock.tap1" &
pid=$!
until ! flock -n "$T_STATE/.lock.tap1" true; do :; done
call 0 "one is locked meanwhile" restore
wait $pid
t_is "it has its turn, too" "$well, $well" "$(state tap0), $(state tap1)"

# ---- what cannot be restored -----------------------------------------------
# Chains that somebody jumps to cannot be replaced; ebtables can.
block() {
	nft add table netdev "$1"
	for i in out in; do
		nft add chain netdev "$1" "tap1-$i"
		nft add chain netdev "$1" other
		nft add rule netdev "$1" other jump "tap1-$i"
	done
}
if ! with xtables; then
	tap1_table=$(nft_table tap1)
	wipe
	block "$tap1_table"
	call 1 "one cannot be restored" restore
	says "tap1: the recorded rules are missing and cannot be put back: closing it"
	t_is "that one is closed" "down " "$(flags tap1) $(port_of tap1)"
	t_is "the other is restored" "$well" "$(state tap0)"
	wipe
	call 0 "restore" restore
	t_is "closed it stays, with its rules" "down  2" \
		"$(flags tap1) $(port_of tap1) $(chains tap1)"
	bring tap1
	t_is "and up again" "$well" "$(state tap1)"
fi

# damage NUMBER: the record of tap1 from that byte on
damage() {
	cp "$T_STATE/tap1" "$T_TMP/record"
	printf 'damaged' | dd of="$T_STATE/tap1" bs=1 seek="$1" conv=notrunc \
		2>/dev/null
}
for at in 0 80; do
	damage $at
	call 1 "damaged at $at, but its rules stand" restore
	says "the record of tap1 is damaged"
	t_is "all is left alone" "$well" "$(state tap1)"
	wipe
	call 1 "damaged at $at" restore
	says "the record of tap1 is damaged"
	t_is "it is closed" "down " "$(flags tap1) $(port_of tap1)"
	t_is "the other is restored" "$well" "$(state tap0)"
	cp "$T_TMP/record" "$T_STATE/tap1"
	bring tap1
done

mv "$T_STATE/tap1" "$T_TMP/record"
mkdir "$T_STATE/tap1"
wipe
call 1 "no record can be read" restore
says "cannot read the record of tap1"
t_is "it is closed" "down " "$(flags tap1) $(port_of tap1)"
t_is "the other is restored" "$well" "$(state tap0)"
rmdir "$T_STATE/tap1"
bring tap1

# A record that says "not filtered" is nothing to be closed for.
up_domain tap1 br0
bring tap1 2>/dev/null
call 0 "a tap without a profile" restore
t_is "is left alone" "$open" "$(state tap1)"
helper down tap1

# What takes long does not hang on the place.
[ -z "${TF_PLACES:-}" ] || t_done

# ---- a lock that somebody does not let go of ---------------------------------
up_domain tap1 br0 own-mac
bring tap1
touch "$T_TMP/hold"
flock "$T_STATE/.lock.tap1" sh -c "
	while [ -e '$T_TMP/hold' ]; do sleep 0.1; done" &
pid=$!
until ! flock -n "$T_STATE/.lock.tap1" true; do :; done
call 1 "one is locked all the time, and has its rules" restore
t_is "it is left alone" "$well, $well" "$(state tap0), $(state tap1)"
wipe
call 1 "one is locked all the time, and open" restore
says "tap1: the recorded rules are missing and cannot be put back: closing it"
t_is "it is closed" "down " "$(flags tap1) $(port_of tap1)"
t_is "the other is restored" "$well" "$(state tap0)"
rm "$T_TMP/hold"
wait $pid
bring tap1

# ---- many, under a flood -----------------------------------------------------
cat >"$T_TMP/nftables.conf" <<'END'
flush ruleset
table inet filter {
	chain input { type filter hook input priority 0; }
	chain forward { type filter hook forward priority 0; }
}
END
cat >"$T_TMP/unit" <<END
nft -f '$T_TMP/nftables.conf' &&
	'$TF_BUILD/tapfilter-helper' --config '$T_TMP/conf' restore
END
# Each is locked: more than the 256 files that would do for one tap
for i in $(seq 300); do
	ip tuntap add "b$i" mode tap
	up_domain "b$i" br0 own-mac
done
for i in $(seq 300); do
	bring "b$i"
done
t_true "flush and restore 300 taps under a flood from 20" \
	"$TF_BUILD/test/bench/gap" foreign p1 b 20 sh "$T_TMP/unit"
t_is "all of them have their rules" 600 \
	"$(nft list ruleset | grep -c '^	chain b[0-9]*-\(in\|out\) ')"
t_is "none lets another's frames out" 0 "$(for i in $(seq 20); do
	probe "b$i" "$OTHER"
done | grep -vc drop)"
t_is "each lets its own out" 0 "$(for i in $(seq 20); do
	probe "b$i" "$GUEST"
done | grep -vc pass)"
t_true "the other tables are there" nft list table inet filter
t_done
