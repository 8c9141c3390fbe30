#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Taps that went without a down: gc clears them away, and so do other commands
# in passing, a few at a time.  Nothing of a tap that is there is touched.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
BOOT_ID=/proc/sys/kernel/random/boot_id

gc() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" gc
}

# dead N...: taps deadN that had rules and went
dead() {
	for i; do
		ip tuntap add "dead$i" mode tap
		up_domain "dead$i" br0 own-mac
		helper up "dead$i" || t_fail "up dead$i" "failed"
		ip link delete "dead$i"
	done
}

# left: of how many dead taps there is anything
left() {
	{
		find "$T_STATE" -name '*dead*'
		rules
	} | grep -o 'dead[0-9]*' | sort -u | wc -l
}

filtered() {
	t_is "$1: chains, link, bridge" "2 up br0" \
		"$(chains tap0) $(flags tap0) $(port_of tap0)"
	t_is "$1: a frame of the guest" pass "$(probe tap0 "$GUEST")"
	t_is "$1: another frame" drop "$(probe tap0 "$OTHER")"
	t_true "$1: record" test -s "$T_STATE/tap0"
}

# What is in a map of several taps is not one's own.
live() {
	rules 2>/dev/null | grep tap0 | grep -v 'elements ='
}

# cleared NAME: gc is well, and what it must not touch is as before
cleared() {
	live >"$T_TMP/before"
	t_true "$1: gc" gc
	t_is "$1: nothing of the dead is left" 0 "$(left)"
	t_true "$1: no empty table is left" no_empty_table
	t_is "$1: other rules are as before" "$(cat "$T_TMP/before")" "$(live)"
}

# ---- by hand -------------------------------------------------------------
t_true "gc of nothing at all" gc
t_true "up" helper up tap0
t_true "gc of nothing that is dead" gc
filtered "nothing dead"
nft add table netdev foreign
nft add chain netdev foreign dead1-in
dead 1
t_is "it can tell" 1 "$(left)"
nft delete table netdev foreign
# More than an up clears in passing
dead 1 2 3 4 5 6
t_false "some are left" [ "$(left)" = 0 ]
cleared "dead ones"
filtered "dead ones"
cleared "once more"
filtered "once more"
ip tuntap add dead1 mode tap
dead 2
t_is "of a tap that is there without rules" down "$(flags dead1)"
cleared "a tap that is there without rules"
t_true "and stays" ip link show dead1
ip link delete dead1

# Objects of others
nft add table netdev foreign
nft add chain netdev foreign dead9-in
dead 1
t_true "gc beside a foreign table" gc
t_true "foreign chains stay" nft list chain netdev foreign dead9-in
nft delete table netdev foreign
t_is "and nothing else" 0 "$(left)"

# Usage and failures
rc=0
helper gc tap0 2>/dev/null || rc=$?
t_is "gc takes no tap" 2 "$rc"
rc=0
helper gc --no-link 2>/dev/null || rc=$?
t_is "gc takes no option" 2 "$rc"
rc=0
setpriv --reuid=64901 --regid=64901 --clear-groups "$TF_BUILD/tapfilter-helper" \
	gc 2>/dev/null || rc=$?
t_is "gc is for root" 3 "$rc"

# ---- in passing ----------------------------------------------------------
# Each call looks at a few records, so that the cost does not grow: a call
# clears two at most, and all are gone after as many calls as there are.
place_can bridgeless && how="up bridgeless" || how=up
for by in $how; do
	for i in 1 2 3 4 5 6; do
		ip tuntap add "dead$i" mode tap
		up_domain "dead$i" br0 own-mac
		helper up "dead$i"
	done
	for i in 1 2 3 4 5 6; do
		ip link delete "dead$i"
	done
	[ $by = up ] || up_domain tap0 "" own-mac
	before=$(left)
	t_true "$by: some are left" [ "$before" -ge 4 ]
	most=0
	for _ in 1 2 3 4 5 6 7 8; do
		helper up tap0 || t_fail "$by" "failed"
		now=$(left)
		[ $((before - now)) -le $most ] || most=$((before - now))
		before=$now
	done
	t_true "$by: no more than two at a time" [ "$most" -le 2 ]
	t_is "$by: all in the end" 0 "$before"
	helper down tap0
done
up_domain tap0 br0 own-mac
t_true "up" helper up tap0

# A failing up is no reason to clear, nor a reason not to the next time
dead 1
up_domain tap0 br0 none
t_false "an up that fails" helper up tap0
up_domain tap0 br0 own-mac
cleared "after one that failed"
filtered "after one that failed"

# ---- records that are damaged --------------------------------------------
# damage NAME FILE: each way in turn, on a record that is there
damage() {
	case $1 in
	empty) : >"$2" ;;
	head) head -c 40 "$2" >"$T_TMP/part" && cp "$T_TMP/part" "$2" ;;
	half) head -c 100 "$2" >"$T_TMP/part" && cp "$T_TMP/part" "$2" ;;
	noise) head -c 200 /dev/urandom >"$2" ;;
	bit) printf '\377' | dd of="$2" bs=1 seek=90 conv=notrunc 2>/dev/null ;;
	esac
}

for how in empty head half noise bit; do
	dead 1
	damage $how "$T_STATE/dead1"
	damage $how "$T_STATE/tap0"
	cleared "$how record"
	t_is "$how record: the tap that is there keeps its rules" "2 up br0 drop" \
		"$(chains tap0) $(flags tap0) $(port_of tap0) $(probe tap0 "$OTHER")"
	wipe
	gc 2>/dev/null
	t_false "$how record, flushed: restore" helper restore
	t_is "$how record, flushed: it is closed" down "$(flags tap0)"
	t_true "$how record: up repairs it" helper up tap0
	filtered "$how record"
done
# Something else under the name of a record
mkdir "$T_STATE/dead7"
t_true "a directory for a record is not looked at" gc
filtered "a directory for a record"
rmdir "$T_STATE/dead7"
ln -s tap0 "$T_STATE/dead7"
t_true "a link for a record is not followed" gc
filtered "a link for a record"
rm "$T_STATE/dead7"

# ---- the machine was switched off between --------------------------------
# boot NUMBER: another run of the kernel, as far as the helper can tell
boot() {
	echo "00000000-0000-4000-8000-00000000000$1" >"$T_TMP/boot_id"
	mountpoint -q $BOOT_ID || mount --bind "$T_TMP/boot_id" $BOOT_ID
}

boot 1
helper up tap0
dead 1
wipe
boot 2
t_is "another boot: nobody has rules" 0 "$(chains tap0)"
t_true "another boot: gc" gc
t_is "another boot: no record is left" "" \
	"$(find "$T_STATE" -name 'tap0' -o -name 'dead*')"
t_is "another boot: the link is left alone" "up br0" \
	"$(flags tap0) $(port_of tap0)"
t_true "another boot: up" helper up tap0
filtered "another boot"
# Rules that stand are believed, not what the record says.
boot 3
t_true "rules from before: gc" gc
filtered "rules from before"
umount $BOOT_ID
t_true "down" helper down tap0
t_is "nothing is left" "" "$(find "$T_STATE" -type f ! -name .sweep ! -name .egress)"
t_done
