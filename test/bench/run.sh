#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures what filtering costs, in network namespaces of its own, and sets
# the figures against their goals.
#
#	BENCH_TAPS=1000 BENCH_ROUNDS=11 test/bench/run.sh
#
# Four namespaces:
#	ours	taps filtered by tapfilter
#	one	the same chains in one nft table, put there by nft
#	ebt	one ebtables call per rule, no other taps (its best case)
#	none	no rules at all
# All commands of a round run one after the other, so what drifts on the
# machine meets each of them; figures are medians over the rounds, ratios are
# medians of the rounds' ratios.
set -u
export LC_ALL=C

[ -n "${TF_NS:-}" ] ||
	TF_NS=1 exec unshare -n -m -p --fork --kill-child --mount-proc "$0" "$@"

TF_TOP=${TF_TOP:-$(cd "$(dirname "$0")/../.." && pwd)}
TF_BUILD=${TF_BUILD:-$TF_TOP/build}
case $TF_BUILD in
/*) ;;
*) TF_BUILD=$TF_TOP/$TF_BUILD ;;
esac
# shellcheck source=test/lib.sh
. "$TF_TOP/test/lib.sh"
t_users
TAPS=${BENCH_TAPS:-1000}
ROUNDS=${BENCH_ROUNDS:-11}
PROFILE=clean-traffic-dual-stack
# shellcheck source=test/bench/common.sh
. "$TF_TOP/test/bench/common.sh"

CONF=$W/tapfilter.conf

references() {
	echo "<reference profile='$PROFILE' ip_address='$IP'"
	echo "    ipv6_address='$IP6'/>"
}

set_up() {
	cat >"$CONF" <<-END
	[tapfilter]
	template-path = $TF_TOP/templates
	domain-dir = $DOMAINS
	state-dir = $W/state
	END
	for ns in ours one ebt none guest; do
		quiet_netns $ns
		nft_in $ns 'add table ip other; add chain ip other c'
	done
	ip -n ours link add br0 type bridge mcast_snooping 0
	ip -n ours link set br0 address 52:54:00:ff:ff:fe up
	ip -n ours addr add 10.0.255.254/16 dev br0
	nft_in one 'add table netdev bench'
	extra_taps >"$W/batch"
	ip -n ours -batch "$W/batch" || die "cannot make taps"
	ip -n one -batch "$W/batch" || die "cannot make taps"
	domain x2001 x2001 2001
	domain vm2002 y2002 2002
}

# x: measured; y: the same, found by the index; f: frames; c: TCP
extra_taps() {
	for t in x2001 y2002 f3001 f3002 f3003 f3004 f3005 f3006 f3007 f3008; do
		echo "tuntap add dev $t mode tap"
	done
	echo "tuntap add dev c3009 mode tap vnet_hdr"
}

nft_in() {
	printf '%s\n' "$2" | ip netns exec "$1" nft -f - || die "nft: $2"
}

ours() {
	ip netns exec ours "$@"
}

# ---- taps ----------------------------------------------------------------

# Our chains as text of one table, for nft.  In a set of values of a raw load,
# nft lists names that it does not read there.
plain_text() {
	sed 's/^table netdev tapfilter-[0-9]* {/table netdev bench {/
		:again
		s/\(@[a-z]*,[0-9]*,[0-9]* {[^}]*\)8021q/\10x8100/; t again
		s/\(@[a-z]*,[0-9]*,[0-9]* {[^}]*\)8021ad/\10x88a8/; t again
		s/\(@[a-z]*,[0-9]*,[0-9]* {[^}]*\)arp/\10x0806/; t again
		s/\(@[a-z]*,[0-9]*,[0-9]* {[^}]*\)ip6/\10x86dd/; t again
		s/\(@[a-z]*,[0-9]*,[0-9]* {[^}]*\)ip/\10x0800/; t again'
}

# fill FROM TO: filtered taps number FROM to TO, in both namespaces
fill() {
	say "taps $1 to $2"
	: >"$W/batch"
	i=$1
	while [ "$i" -le "$2" ]; do
		echo "tuntap add dev b$i mode tap" >>"$W/batch"
		domain "vm$i" "b$i" "$i"
		i=$((i + 1))
	done
	ip -n ours -batch "$W/batch" || die "cannot make taps"
	ip -n one -batch "$W/batch" || die "cannot make taps"
	timed "index.$2" ours "$HELPER" --config "$CONF" up "b$1"
	ours sh -c '
		n=$1
		while [ $n -lt $2 ]; do
			n=$((n + 1))
			"$3" --config "$4" up b$n || exit 1
		done' fill "$1" "$2" "$HELPER" "$CONF" || die "cannot fill"
	say "the same in one table"
	one_table "$1" "$2"
}

# one_table FROM TO: the chains of x2001 under the names of those taps.  Some
# taps at a time: the kernel's work for a transaction grows with the square of
# its sets.
one_table() {
	i=$1
	while [ "$i" -le "$2" ]; do
		: >"$W/all.nft"
		while [ "$i" -le "$2" ]; do
			sed "s/x2001/b$i/g" "$W/add.nft" >>"$W/all.nft"
			i=$((i + 1))
			[ $((i % 25)) != 0 ] || break
		done
		ip netns exec one nft -f "$W/all.nft" ||
			die "cannot load the rules"
	done
}

# The chains of x2001 alone, as scripts for nft and for ebtables
make_scripts() {
	ours "$HELPER" --config "$CONF" up x2001 || die "up x2001"
	ours nft -s list ruleset netdev | plain_text | awk '
		/^table/ { print; next }
		/^}/ { ours = 0; print; exit }
		/^\tchain / { ours = $2 ~ /^x2001-/ }
		ours { print }' >"$W/add.nft"
	sed -n 's/^\tchain \([^ ]*\) {/flush chain netdev bench \1/p' \
		"$W/add.nft" >"$W/flush.nft"
	cat "$W/flush.nft" "$W/add.nft" >"$W/replace.nft"
	{
		cat "$W/flush.nft"
		# What others jump to goes last.
		sed 's/^flush/delete/' "$W/flush.nft"
	} >"$W/remove.nft"
	RULES=$(grep -c '^		' "$W/add.nft")
	RULES=$((RULES - $(grep -c '^		type filter' "$W/add.nft")))
	[ "$RULES" -gt 0 ] || die "nft lists no rules"
	ours "$HELPER" --config "$CONF" down x2001 || die "down x2001"
	make_ebtables
}

# Per-rule calls of the same number and kind: a chain, jumps to it, matches
make_ebtables() {
	{
		echo "ebtables-nft -t nat -N x-out"
		echo "ebtables-nft -t nat -A PREROUTING -i x2001 -j x-out"
		i=2
		while [ $i -lt "$RULES" ]; do
			i=$((i + 1))
			echo "ebtables-nft -t nat -A x-out -p IPv4" \
				"-s 52:54:00:00:07:d1 --ip-src 10.0.7.209" \
				"--ip-proto udp --ip-dport $i -j ACCEPT"
		done
	} >"$W/ebtables.add"
}

# ---- rounds --------------------------------------------------------------

round_ours() {
	timed "up.$1" ours "$HELPER" --config "$CONF" up x2001
	settle
	timed "replace.$1" ours "$HELPER" --config "$CONF" up x2001
	settle
	timed "down.$1" ours "$HELPER" --config "$CONF" down x2001
	settle
	timed "upindex.$1" ours "$HELPER" --config "$CONF" up y2002
	ours "$HELPER" --config "$CONF" down y2002
}

round_nft() {
	timed "nft-add.$1" one nft -f "$W/add.nft"
	timed "nft-replace.$1" one nft -f "$W/replace.nft"
	timed "nft-remove.$1" one nft -f "$W/remove.nft"
}

# One call per rule takes seconds: two rounds at each number are enough.
round_ebtables() {
	timed "ebt.$1" ebt -f "$W/ebtables.add"
	ip netns exec ebt nft flush ruleset
}

# What an up costs that follows another at once
round_rapid() {
	timed "rapid.$1" ours "$HELPER" --config "$CONF" up x2001
}

measure_commands() {
	say "commands at $1 taps"
	r=0
	while [ $r -lt "$ROUNDS" ]; do
		r=$((r + 1))
		round_ours "$1"
		round_nft "$1"
		[ $r -gt 2 ] || round_ebtables "$1"
	done
	r=0
	while [ $r -lt "$ROUNDS" ]; do
		r=$((r + 1))
		round_rapid "$1"
	done
	settle
	ours "$HELPER" --config "$CONF" down x2001
}

# Somebody else's command: a rule in a table of their own
measure_others() {
	say "other users of nft at $1 taps"
	echo 'add rule ip other c ip saddr 10.0.0.1 counter' >"$W/other.nft"
	r=0
	while [ $r -lt "$ROUNDS" ]; do
		r=$((r + 1))
		for ns in none ours one; do
			timed "other-$ns.$1" $ns nft -f "$W/other.nft"
		done
	done
	# Once, and for 20 s at most: with many taps it takes minutes.
	for ns in none ours one; do
		"$TOOLS/launch" -n "/run/netns/$ns" -l "list-$ns.$1" \
			-o "$RESULTS" timeout 20 nft list ruleset
	done
}

# ---- traffic -------------------------------------------------------------

open_traffic() {
	for i in 3001 3002 3004 3005; do
		ip -n ours link set f$i master br0 up
	done
	for i in 3003 3006 3007 3008; do
		domain f$i f$i $i
		ours "$HELPER" --config "$CONF" up f$i || die "up f$i"
	done
	domain c3009 c3009 3009
	addresses 3009
	ip -n guest tuntap add dev g3009 mode tap vnet_hdr
	ip -n guest link set g3009 address "$MAC" up
	ip -n guest addr add "$IP/16" dev g3009
	ours "$HELPER" --config "$CONF" up c3009 || die "up c3009"
}

measure_frames() {
	say "frames at $1 taps"
	for kind in udp4 tcp4 udp6; do
		ours "$TOOLS/frames" 60 500 $kind none:f3001:f3002 \
			out:f3003:f3004 in:f3005:f3006 both:f3007:f3008 \
			>"$W/frames.new" || die "no frames were sent"
		sed "s/^/frame-$kind-/; s/ /.$1 /" "$W/frames.new" >>"$W/frames"
	done
}

# rate DIRECTION ADDRESS TAPS: rules off and on in turn under one connection
rate() {
	rm -f "$W/ask" "$W/say"
	mkfifo "$W/ask" "$W/say"
	ours "$TOOLS/tcp" c3009 /run/netns/guest g3009 "$2" "$1" \
		<"$W/ask" >"$W/say" &
	pid=$!
	exec 8>"$W/ask" 9<"$W/say"
	echo 300 >&8
	read -r off <&9 || die "no TCP connection"
	r=0
	while [ $r -lt 12 ]; do
		r=$((r + 1))
		ours "$HELPER" --config "$CONF" down --no-link c3009
		echo 250 >&8
		read -r off <&9
		ours "$HELPER" --config "$CONF" up --no-link c3009
		echo 250 >&8
		read -r on <&9
		echo "tcp-$1.$3 $off $on" >>"$W/rates"
	done
	exec 8>&- 9<&-
	wait $pid
}

measure_rate() {
	say "bulk TCP at $1 taps"
	addresses 3009
	rate from 10.0.255.254 "$1"
	rate to "$IP" "$1"
}

# ---- all -----------------------------------------------------------------

for tool in nft ebtables-nft ip unshare; do
	command -v $tool >/dev/null || die "$tool is not installed"
done
[ "$(id -u)" = 0 ] || die "needs root"

set_up
make_scripts
last=0
levels=
for n in 1 10 100 1000; do
	[ $n -le "$TAPS" ] || n=$TAPS
	fill $((last + 1)) "$n"
	measure_commands "$n"
	if [ "$n" = 1 ] || [ "$n" = "$TAPS" ]; then
		measure_others "$n"
		[ -e "$W/frames" ] || open_traffic
		measure_frames "$n"
		measure_rate "$n"
	fi
	levels="$levels $n"
	last=$n
	[ "$n" -lt "$TAPS" ] || break
done

cat "$W/frames" "$W/rates" >"$W/traffic"
awk -v levels="$levels" -v rules="$RULES" -v rounds="$ROUNDS" \
	-v cpu_name="$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
	-v cores="$(nproc)" -v kernel="$(uname -r)" \
	-f "$TF_TOP/test/bench/report.awk" "$RESULTS" "$W/traffic"
