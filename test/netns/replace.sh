#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many taps get other rules in one step: all of them or none.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
t_need flock strace
up_setup
taps="tap0 tap1 tap2"
for i in tap1 tap2; do
	ip tuntap add $i mode tap
	up_domain $i br0 own-mac
done
for i in $taps; do
	bring $i
done

cat >"$T_TMP/other" <<END
let-other:1 out accept eth.src={$GUEST,$OTHER}
let-other:2 out drop
END
cat >"$T_TMP/own" <<END
again:1 out accept eth.src=$GUEST
again:2 out drop
END
sed s/again/third/ "$T_TMP/own" >"$T_TMP/third"

# input FILE TAP...: what the helper is to read
input() {
	i_file=$1
	shift
	for i_tap; do
		"$TF_BUILD/test/netns/replace_input" "$T_STATE/$i_tap" \
			<"$T_TMP/$i_file"
	done >"$T_TMP/input"
}

# call STATUS NAME: with $T_TMP/input; stderr is in $T_TMP/err
call() {
	c_rc=0
	helper replace <"$T_TMP/input" >"$T_TMP/out" 2>"$T_TMP/err" || c_rc=$?
	if [ $c_rc = "$1" ]; then
		t_ok "$2"
	else
		t_fail "$2" "status $c_rc: $(cat "$T_TMP/err")"
	fi
}

says() {
	t_true "it says \"$1\"" grep -q -- "$1" "$T_TMP/err"
}

# lets TAP: whose frames it lets out
lets() {
	echo "$(probe "$1" "$GUEST") $(probe "$1" "$OTHER")"
}

all() {
	for i in $taps; do
		lets $i
	done | sort | uniq -c | tr -s ' ' | xargs
}

# what must not change when nothing is replaced
snapshot() {
	nft -s -a list ruleset
	! with xtables-state || iptables-legacy -t mangle -S
	cksum "$T_STATE"/tap*
	find "$T_STATE" -name '.tmp.*'
}

link_of() {
	ip -o link show "$1"
	bridge -d link show dev "$1"
	bridge fdb show dev "$1"
}

# ---- all of them -----------------------------------------------------------
t_is "at first" "3 pass drop" "$(all)"
link=$(link_of tap0)
input other $taps
call 0 "replace"
t_is "nothing is said" "" "$(cat "$T_TMP/err")"
t_is "all have the others" "3 pass pass" "$(all)"
t_is "the link is as it was" "$link" "$(link_of tap0)"
wipe
t_true "the records have them" helper restore
t_is "all have the others" "3 pass pass" "$(all)"
input own tap2 tap0
call 0 "replace some, in another order"
t_is "those" "2 pass drop 1 pass pass" "$(all)"
t_is "the owner stays" 0 "$(nft list ruleset | grep -c 'uid [^0]')"
: >"$T_TMP/input"
call 0 "replace nothing"

# ---- none ------------------------------------------------------------------
input other $taps
before=$(snapshot)
"$TF_BUILD/test/netns/replace_input" "$T_STATE/tap1" 4711 \
	<"$T_TMP/own" >"$T_TMP/stale"
cp "$T_TMP/input" "$T_TMP/good"

# refused NAME SENTENCE
refused() {
	call 1 "$1"
	says "$2"
	says "nothing was replaced"
	t_is "$1: nothing changed" "$before" "$(snapshot)"
}

input own tap0 tap2
cat "$T_TMP/stale" >>"$T_TMP/input"
refused "one was changed meanwhile" "tap1 was changed meanwhile"
input own tap0 tap1 tap0
refused "one comes twice" "has tap0 twice"
input own tap0 tap1
truncate -s -1 "$T_TMP/input"
refused "cut off" "bad record of a binding"
input own tap0
printf 'DIGEST' >>"$T_TMP/input"
refused "an item of few bytes" "ends amid an item"
input own tap0
printf 'DIGEST..and no record at all' >>"$T_TMP/input"
refused "no record" "bad record of a binding"
: >"$T_TMP/nothing"
input nothing tap0
refused "no rules" "an item without a profile"

# One that the kernel refuses
cat >"$T_TMP/large" <<END
mac:1 out accept eth.src=$GUEST
mac:2 out drop
ip:1 out accept eth.type=0x0800 ip.src={10.0.0.1,10.0.1.0/24}
ip:2 out drop eth.type=0x0800
dhcp:1 out accept eth.type=0x0800 ip.proto=6
dhcp:2 out drop eth.type=0x0800 ip.proto=17 l4.sport=67
ip6:1 out accept eth.type=0x86dd ip6.src={fe80::1,2001:db8::/64}
ip6:2 out drop eth.type=0x86dd
END
input large tap2
call 0 "one with sub-chains"
if with xtables; then
	why="CHAIN_DEL failed .*: chain tf-tap2-o3"
	ebtables -t nat -N foreign
	ebtables -t nat -A foreign -j tf-tap2-o3
else
	why="tap2: the kernel refused the removal of old rules"
	table=$(nft_table tap2)
	nft "add chain netdev $table foreign; add rule netdev $table foreign \
		jump tap2-out-0"
fi
before=$(snapshot)
input third $taps
refused "the kernel refuses one" "$why"
if with xtables; then
	ebtables -t nat -F foreign
	ebtables -t nat -X foreign
else
	nft delete chain netdev "$table" foreign
fi

# Without room for the records
before=$(snapshot)
input third $taps
if strace -o /dev/null -e inject=getuid:error=EPERM true 2>/dev/null; then
	for call in write fsync renameat; do
		for n in 1 2 3; do
			strace -o /dev/null -e trace=$call \
				-e inject=$call:error=ENOSPC:when=$n \
				"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" \
				replace <"$T_TMP/input" >/dev/null 2>&1
			t_is "no room at $call $n: status" 1 $?
			t_is "no room at $call $n: rules" \
				"$(echo "$before" | sed 's/ # handle.*//; /__set/d')" \
				"$(snapshot | sed 's/ # handle.*//; /__set/d')"
		done
	done
else
	t_skip "no room" "strace cannot inject here"
fi

# A tap that has gone, and another of its name
ip link del tap1
ip tuntap add tap1 mode tap
input own $taps
call 1 "one is another device now"
says "tap1 has gone or is another device now"
ip link del tap1
rm "$T_STATE/tap1"
cp "$T_TMP/good" "$T_TMP/input"
call 1 "one has no record any more"
says "was changed meanwhile"

# ---- a lock that somebody holds --------------------------------------------
input other tap0 tap2
flock "$T_STATE/.lock.tap2" sh -c \
	"until [ -e '$T_TMP/go' ]; do :; done" &
pid=$!
until ! flock -n "$T_STATE/.lock.tap2" true; do :; done
helper replace <"$T_TMP/input" &
second=$!
until ! flock -n "$T_STATE/.lock.tap0" true; do :; done
t_is "it waits, and changes nothing" "pass drop" "$(lets tap0)"
touch "$T_TMP/go"
wait $pid
rc=0
wait $second || rc=$?
t_is "then it has its turn" 0 $rc
t_is "both" "pass pass, pass pass" "$(lets tap0), $(lets tap2)"
t_done
