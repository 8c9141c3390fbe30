#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures what each place costs, in network namespaces of its own.
#
#	BENCH_PLACE_TAPS=1000 BENCH_XTABLES_TAPS=100 BENCH_PLACE_ROUNDS=7 \
#		test/bench/places.sh
#
# A namespace for each:
#	netdev		clean-traffic by the hooks of the tap
#	bridge		the same, and a profile with tf:State by nft bridge
#	ebtables	clean-traffic by ebtables
#	iptables	the same, and a profile with tf:State by iptables
# In those of xtables, taps beside the measured ones get their rules from one
# call of ebtables-restore and iptables-restore: as many and the same as ours
# would be, but all with the addresses of one tap.  Beyond BENCH_XTABLES_TAPS,
# where a command takes seconds, only libiptc is measured: how long one change of
# its part takes, without ebtables.
set -u
export LC_ALL=C

[ -n "${TF_NS:-}" ] ||
	TF_NS=1 exec unshare -n -m -p --fork --kill-child --mount-proc "$0" "$@"

# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
t_users
TAPS=${BENCH_PLACE_TAPS:-1000}
ROUNDS=${BENCH_PLACE_ROUNDS:-7}
XTABLES_TAPS=${BENCH_XTABLES_TAPS:-100}
PLACES="netdev bridge ebtables iptables"
# shellcheck source=test/bench/common.sh
. "$TF_TOP/test/bench/common.sh"
: >"$W/frames"

is_xtables() {
	[ "$1" = ebtables ] || [ "$1" = iptables ]
}

is_stateful() {
	[ "$1" = bridge ] || [ "$1" = iptables ]
}

references() {
	echo "<reference profile='clean-traffic' ip_address='$IP'/>"
	! is_stateful "$place" || echo "<reference profile='policy'/>"
}

# entry ACTION DIRECTION STATES [PROTOCOL [PORT]]
entry() {
	cat <<-END
		<FilterEntry><Action>$1</Action><TrafficType>$2</TrafficType>
		<IPHeadersFilter><HdrIPVersion>4</HdrIPVersion>
		${4:+<HdrProtocolID>$4</HdrProtocolID>}
		${5:+<HdrDestPortStart>$5</HdrDestPortStart>}
		</IPHeadersFilter>${3:+<tf:State>$3</tf:State>}</FilterEntry>
	END
}

# Twenty entries: it may begin connections, and be asked at some ports.
policy() {
	echo "<FilterPool name='policy' xmlns:tf='urn:tapfilter:1'>"
	entry ACCEPT outgoing "established related"
	for i in tcp udp icmp; do
		entry ACCEPT outgoing new $i
	done
	entry DROP outgoing
	entry ACCEPT incoming "established related"
	for i in 22 25 53 80 110 143 443 587 993 995 8080; do
		entry ACCEPT incoming new tcp $i
	done
	entry ACCEPT incoming new udp
	entry ACCEPT incoming new icmp
	entry DROP incoming
	echo "</FilterPool>"
}

# in_place COMMAND...
in_place() {
	ip netns exec "$place" "$@"
}

helper() {
	in_place "$HELPER" --config "$W/$place.conf" "$@" ||
		die "$place: helper $*"
}

# at PLACE: what follows is about it
at() {
	place=$1
	DOMAINS=$W/domains-$place
}

set_up() {
	at "$1"
	mkdir "$DOMAINS"
	backend=nft
	! is_xtables "$place" || backend=xtables
	cat >"$W/$place.conf" <<-END
		[tapfilter]
		template-path = $W/profiles:$TF_TOP/templates
		domain-dir = $DOMAINS
		state-dir = $W/state-$place
		backend = $backend
	END
	quiet_netns "$place"
	ip -n "$place" link add br0 type bridge mcast_snooping 0
	! is_stateful "$place" ||
		ip -n "$place" link set br0 type bridge nf_call_iptables 1 \
			nf_call_ip6tables 1 ||
		die "$place: the kernel has no br_netfilter"
	ip -n "$place" link set br0 up
	for t in x2001 f3001 f3002 f3007 f3008; do
		ip -n "$place" tuntap add dev "$t" mode tap
		domain "$t" "$t" "${t#?}"
	done
	ip -n "$place" link set f3001 master br0 up
	ip -n "$place" link set f3002 master br0 up
	helper up f3007
	helper up f3008
	make_text
}

# What x2001 has, as text for other taps.  Theirs stand before those of the
# taps that are measured, as if these had been brought up last.
make_text() {
	: >"$W/$place.ebt"
	: >"$W/$place.ipt"
	! is_xtables "$place" || {
		helper up x2001
		# ebtables-save forgets a blank behind the type of IGMP
		in_place ebtables-save | sed -n '
			/^\*/p
			s/\(-type [0-9]*\)-j/\1 -j/
			/x2001/s/^-A \([A-Z]\)/-I \1/
			/x2001/p' >"$W/$place.ebt"
		! is_stateful "$place" || in_place iptables-legacy-save \
			-t mangle | sed -n '/x2001/s/^-A \(tapfilter-[a-z]*\)/-I \1/; /x2001/p' \
			>"$W/$place.ipt"
		helper down x2001
	}
}

# fill FROM TO: more taps with rules; beyond XTABLES_TAPS, those of iptables alone
fill() {
	if is_xtables "$place" && [ "$2" -gt "$XTABLES_TAPS" ]; then
		fill_iptables "$1" "$2"
		return
	fi
	: >"$W/batch"
	i=$1
	while [ "$i" -le "$2" ]; do
		echo "tuntap add dev b$i mode tap" >>"$W/batch"
		domain "b$i" "b$i" "$i"
		i=$((i + 1))
	done
	ip -n "$place" -batch "$W/batch" || die "cannot make taps"
	if is_xtables "$place"; then
		fill_text "$1" "$2"
		return
	fi
	i=$1
	while [ "$i" -le "$2" ]; do
		helper up "b$i"
		i=$((i + 1))
	done
}

# many FROM TO: standard input for each of those taps
many() {
	awk -v from="$1" -v to="$2" '
		{ line[NR] = $0 }
		END {
			for (i = from; i <= to; i++)
				for (k = 1; k <= NR; k++) {
					text = line[k]
					gsub("x2001", "b" i, text)
					print text
				}
		}'
}

# table NAME FROM TO: those lines of the text that belong to a table of ebtables
table() {
	echo "*$1"
	sed -n "/^\\*$1/,/^\\*/p" "$W/$place.ebt" | grep -v '^\*' |
		many "$2" "$3"
}

fill_text() {
	{
		table nat "$1" "$2"
		table filter "$1" "$2"
		echo COMMIT
	} | in_place ebtables-restore --noflush ||
		die "$place: ebtables-restore"
	fill_iptables "$1" "$2"
}

fill_iptables() {
	[ -s "$W/$place.ipt" ] || return 0
	{
		echo '*mangle'
		many "$1" "$2" <"$W/$place.ipt"
		echo COMMIT
	} | in_place iptables-legacy-restore --noflush ||
		die "$place: iptables-restore"
}

# left_out PLACE TAPS: does a command take seconds there?
left_out() {
	is_xtables "$1" && [ "$2" -gt "$XTABLES_TAPS" ]
}

measure_commands() {
	r=0
	while [ $r -lt "$ROUNDS" ]; do
		r=$((r + 1))
		for p in $PLACES; do
			! left_out "$p" "$1" || continue
			at "$p"
			for op in up replace down; do
				verb=$op
				[ $op != replace ] || verb=up
				timed "$op-$p.$1" "$p" "$HELPER" --config \
					"$W/$p.conf" $verb x2001
				settle
			done
		done
		timed "libiptc.$1" iptables sh -c 'exec "$0" apply x2001 <"$1"' \
			"$TF_BUILD/test/netns/ipt_driver" "$W/rules"
		ip netns exec iptables "$TF_BUILD/test/netns/ipt_driver" \
			remove x2001 >/dev/null || die "libiptc"
	done
}

# What of x2001 is carried by iptables, as the backend gets it
write_rules() {
	at iptables
	in_place "$TF_BUILD/tapfilter" --config "$W/iptables.conf" compile \
		--domain "$DOMAINS/x2001.xml" | grep '^ *policy:' >"$W/rules"
	[ -s "$W/rules" ] || die "there are no rules for libiptc"
}

measure_frames() {
	for p in $PLACES; do
		! left_out "$p" "$1" || continue
		at "$p"
		in_place "$TOOLS/frames" 30 300 udp4 none:f3001:f3002 \
			both:f3007:f3008 >"$W/new" || die "$p: no frames"
		sed "s/^/frame-$p-/; s/ /.$1 /" "$W/new" >>"$W/frames"
	done
}

for tool in ip unshare ebtables-save ebtables-restore iptables-legacy-save; do
	command -v $tool >/dev/null || die "$tool is not installed"
done
[ "$(id -u)" = 0 ] || die "needs root"
mkdir "$W/profiles"
policy >"$W/profiles/policy.xml"
for p in $PLACES; do
	set_up "$p"
done
write_rules
last=0
levels=
for n in 1 10 100 1000; do
	[ $n -le "$TAPS" ] || n=$TAPS
	for p in $PLACES; do
		at "$p"
		say "$p: taps $((last + 1)) to $n"
		fill $((last + 1)) "$n"
	done
	say "commands at $n taps"
	measure_commands "$n"
	say "frames at $n taps"
	measure_frames "$n"
	levels="$levels $n"
	last=$n
	[ "$n" -lt "$TAPS" ] || break
done
awk -v levels="$levels" -v places="$PLACES" -v rounds="$ROUNDS" \
	-f "$TF_TOP/test/bench/places.awk" "$RESULTS" "$W/frames"
