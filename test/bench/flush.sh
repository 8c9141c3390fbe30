#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long is a guest open when somebody flushes all rules and the hook of
# nftables.service puts them back?
#
#	BENCH_FLUSH_TAPS=200 BENCH_ROUNDS=11 test/bench/flush.sh
#
# All taps send frames that their rules drop while "nft -f" of a file like
# Debian's nftables.conf and "tapfilter restore" run in turn.  Those that come
# out at the other end of the bridge tell from when until when a tap was open.
set -u
export LC_ALL=C
. "$(dirname "$0")/../lib.sh"
t_ns "$@"
TAPS=${BENCH_FLUSH_TAPS:-200}
ROUNDS=${BENCH_ROUNDS:-11}
PROFILE=clean-traffic-dual-stack
W=$(mktemp -d) || exit 1
trap 'umount "$W"; rmdir "$W"' EXIT
mount -t tmpfs bench "$W"
CONF=$W/tapfilter.conf

die() {
	echo "flush.sh: $*" >&2
	exit 1
}

domain() {
	mac=$(printf '52:54:00:00:%02x:%02x' $(($1 / 256)) $(($1 % 256)))
	cat >"$W/domains/b$1.xml" <<-END
	<domain type='kvm'>
	  <name>vm$1</name>
	  <uuid>$(printf '3e1f1c5a-6c0d-4b7e-9a55-%012x' "$1")</uuid>
	  <devices>
	    <interface type='bridge'>
	      <mac address='$mac'/>
	      <source bridge='br0'/>
	      <target dev='b$1'/>
	      <firewall>
	        <reference profile='$PROFILE'
	            ip_address='10.0.$(($1 / 256)).$(($1 % 256))'
	            ipv6_address='$(printf 'fd00::%x' "$1")'/>
	      </firewall>
	    </interface>
	  </devices>
	</domain>
	END
}

set_up() {
	mkdir "$W/domains"
	cat >"$CONF" <<-END
	[tapfilter]
	template-path = $TF_TOP/templates
	domain-dir = $W/domains
	state-dir = $W/state
	END
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ip link set lo up
	ip link add br0 type bridge mcast_snooping 0
	ip link set br0 address 52:54:00:ff:ff:fe up
	ip link add p0 type veth peer name p1
	ip link set p0 master br0 up
	ip link set p1 up
	i=0
	while [ $i -lt "$TAPS" ]; do
		i=$((i + 1))
		ip tuntap add dev b$i mode tap || die "cannot make b$i"
		domain $i
		"$TF_BUILD/tapfilter-helper" --config "$CONF" up b$i ||
			die "up b$i failed"
	done
	# as Debian has it
	cat >"$W/nftables.conf" <<-END
	flush ruleset

	table inet filter {
		chain input { type filter hook input priority 0; }
		chain forward { type filter hook forward priority 0; }
		chain output { type filter hook output priority 0; }
	}
	END
	cat >"$W/reload" <<-END
	nft -f '$W/nftables.conf' || exit 1
	'$TF_BUILD/tapfilter' --config '$CONF' restore 2>/dev/null
	END
}

# rounds KIND: of the frames that are sent, see gap.c
rounds() {
	i=0
	while [ $i -lt "$ROUNDS" ]; do
		i=$((i + 1))
		"$TF_BUILD/test/bench/gap" "$1" p1 b "$TAPS" sh "$W/reload" ||
			die "a round failed"
		# what was removed goes, so that each round pays for itself
		sleep 0.3
	done >"$W/$1"
}

# column NUMBER FILE: median and largest, in ms
column() {
	cut -d' ' -f"$1" "$2" | sort -n | awk '
		{ all[NR] = $1 / 1000 }
		END { printf "%6.1f %8.1f", all[int((NR + 1) / 2)], all[NR] }'
}

[ "$(id -u)" = 0 ] || die "needs root"
set_up
echo "$TAPS taps with $PROFILE, $ROUNDS rounds of flush and restore, in ms"
echo "(open: from the first frame that came through to the last one)"
echo "                                             median  largest"
rounds own
echo "own address, forbidden type:  any tap open  $(column 1 "$W/own")"
echo "                              the same tap  $(column 2 "$W/own")"
rounds foreign
echo "foreign address, locked ports: frames that came through: $(
	cut -d' ' -f3 "$W/foreign" | awk '{ n += $1 } END { print n }')"
i=0
while [ $i -lt "$TAPS" ]; do
	i=$((i + 1))
	bridge link set dev b$i locked off
done
rounds foreign
echo "foreign address, no lock:     any tap open  $(column 1 "$W/foreign")"
