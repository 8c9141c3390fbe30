#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Profiles that ask for the state of connections: where the kernel tracks them at
# the bridge itself; where it does not, by marks on a bridge that shows its
# frames to connection tracking.  With TF_SHORT=1, for slow machines, less of what
# is alike in both.
. "$(dirname "$0")/../lib.sh"
t_need unshare
t_ns "$@"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/state.sh"
state_setup

# ---- placement --------------------------------------------------------------
if marks; then
	t_false "a bridge that shows nothing" helper up tap0
	t_true "is named as the reason" has "$(said helper up tap0)" \
		"state.xml:2:*$T_PLACE needs*nf_call_iptables 1 nf_call_ip6tables 1"
	t_true "and nothing was changed" nothing
	ip link set br0 type bridge nf_call_iptables 1
	t_false "for IPv4 alone" helper up tap0
	ip link set br0 type bridge nf_call_ip6tables 1
fi
ip link set tap0 up
t_true "up" helper up tap0
t_true "another guest" helper up tap1
t_true "places it there: $T_PLACE" \
	has "$(tapfilter show tap0)" "state ($T_PLACE)"
t_true "and the others where they were" \
	has "$(tapfilter show tap0)" "no-mac-spoofing (nft netdev)"
t_true "verify is content" tapfilter verify
t_true "nft lists all of it" nft list ruleset
! marks || t_is "the global switches are as they were" \
	"0 0" "$(sysctl -n net.bridge.bridge-nf-call-iptables \
		net.bridge.bridge-nf-call-ip6tables | xargs)"

# What would take long, or longer with more taps
if command -v strace >/dev/null; then
	t_need strace
	strace -s 200 -e trace=sendto -o "$T_TMP/trace" \
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" up tap1
	# asked TEXT [FLAG]: number of requests with that, in letters or as bytes
	asked() {
		grep "${2:-}" "$T_TMP/trace" | grep -c "$1\|$(printf '%s' "$1" |
			od -An -v -tx1 | tr -d '\n' | sed 's/ /\\\\x/g')"
	}
	t_is "up does not make the kernel try a rule once more" 0 \
		"$(asked tapfilter-probe)"
	t_false "it asks for the element of its own port" \
		[ "$(asked guests)" = 0 ]
	t_is "and not for those of all ports" 0 "$(asked guests NLM_F_DUMP)"
else
	t_skip "what up asks" "strace is not installed"
fi

# ---- states -----------------------------------------------------------------
for v in 4 6; do
	traffic "IPv$v" <<-END
		a>c udp$v 1000 81 no # a new one that it may not open
		a>c udp$v 1000 80 yes
		c>a udp$v 80 1001 no # no answer
		c>a udp$v 80 1000 yes
		a>c udp$v 1000 80 yes
		c>a udp$v 500 23 no
		a>c udp$v 23 500 no # refused: it opened nothing
		c>a udp$v 500 23 no
		c>a udp$v 500 22 yes
		a>c udp$v 22 500 yes
		a>c udp$v 22 501 no
		a>c tcp$v 1100 80 ack no # no connection begins so
		a>c tcp$v 1101 80 synack no
		a>c tcp$v 1102 80 fin no
		a>c tcp$v 1103 80 null no
		a>c tcp$v 1104 80 rst no
		c>a tcp$v 1200 22 ack no
		c>a tcp$v 1200 22 ack no
		c>a tcp$v 1201 22 synack no
		c>a tcp$v 1202 22 fin no
		c>a tcp$v 1203 22 null no
		c>a tcp$v 1204 23 syn no
		a>c tcp$v 23 1204 synack 5 2 no
		a>c tcp$v 23 1204 syn no # nor from both ends
		c>a tcp$v 1205 22 syn yes
		a>c tcp$v 22 1205 synack 100 2 yes
		c>a tcp$v 1205 22 ack 2 101 yes
		a>c tcp$v 1300 80 syn yes
		c>a tcp$v 80 1300 ack 9 9 yes # an answer, if a strange one
		c>a tcp$v 80 1300 synack 50 2 yes
		a>c tcp$v 1300 80 ack 2 51 yes
		a>c echo$v yes
		c>a pong$v yes
		c>a echo$v no
	END
	traffic "ICMP errors, IPv$v" <<-END
		c>a unreach$v 1500 80 no # of nothing
		a>c udp$v 1500 80 yes
		c>a unreach$v 1500 80 yes
		c>a unreach$v 1501 80 no
		c>a redirect$v 1500 80 no
	END
	traffic "between guests, IPv$v" <<-END
		a>b udp$v 1600 80 no # the other one does not answer there
		b>a udp$v 80 1600 no # and cannot
		a>b udp$v 1600 22 no
	END
	traffic "fragments, IPv$v" <<-END
		a>c frags$v 1700 80 yes
		a>c frags$v 1700 81 no
		c>a frags$v 80 1700 yes
		c>a frags$v 80 1701 no
	END
	# the state of another guest's connection
	traffic "what is another guest's, IPv$v" <<-END
		a>c udp$v 1800 80 yes
		b>c udp$v 1800 80 src=a no
		c>a udp$v 80 1800 yes
		b>a udp$v 80 1800 src=c no
		a>c udp$v 1800 80 tag=1 no
	END
done
traffic "what has no state" <<-END
	a>c nd6 yes
	c>a nd6 yes
END
# another station, and frames to nobody that come to it too
marks || for v in 4 6; do
	ip link add p2 type veth peer name p3
	ip link set p2 master br0 up
	ip link set p3 up
	traffic "opened past the rules of the guest, IPv$v" <<-END
		c>d udp$v 1850 23 dst=a to=525400000077 yes
		a>c udp$v 23 1850 no
		c>d udp$v 23 1851 src=a dst=c to=525400000077 yes
		c>a udp$v 1851 23 no
		c>a udp$v 1853 23 tag=5 yes # the policy is not about tags
		a>c udp$v 23 1853 no
		c>a udp$v 1852 22 yes
		a>c udp$v 22 1852 yes
	END
	ip link del p2
done
traffic "frames that prerouting does not see" <<-END
	a>c udp4 1900 80 yes
	run ip link set br0 type bridge group_fwd_mask 0 0
	a>c udp4 1900 80 to=0180c2000003 no
END

# ---- how many connections: the same frames as in ipt-limits.sh -----------------
# counted MAX ENTRY...: as entry, with a tf:ConnLimit
counted() {
	counted_n=$1
	shift
	entry "$@" | sed "s|</FilterEntry>|<tf:ConnLimit max='$counted_n'/>&|"
}
if marks; then
	cp "$T_TMP/profiles/state.xml" "$T_TMP/state.xml"
	{
		echo "<FilterPool name='state' xmlns:tf='urn:tapfilter:1'>"
		counted 1 ACCEPT outgoing 4 new
		entry DROP outgoing 4
		echo "</FilterPool>"
	} >"$T_TMP/profiles/state.xml"
	t_true "marks tell of no connections" has "$(said helper up tap0)" \
		"$T_PLACE cannot carry tf:ConnLimit"
	mv "$T_TMP/state.xml" "$T_TMP/profiles/state.xml"
else
	{
		echo "<FilterPool name='state' xmlns:tf='urn:tapfilter:1'>"
		counted 3 ACCEPT outgoing 4 new udp
		entry ACCEPT outgoing 4 established udp
		entry DROP outgoing 4
		counted 1 ACCEPT outgoing 6 "new established" udp
		counted 1 ACCEPT outgoing 6 "" icmpv6
		entry DROP outgoing 6
		echo "</FilterPool>"
	} >"$T_TMP/profiles/state.xml"
	t_true "up, with tf:ConnLimit" helper up tap0
	t_true "tf:ConnLimit: it is placed there" \
		has "$(tapfilter show tap0)" "state ($T_PLACE)"
	traffic "tf:ConnLimit" <<-END
		a>c udp4 3001 53 yes
		a>c udp4 3002 53 yes
		a>c udp4 3003 53 yes
		c>a udp4 53 3001 yes
		a>c udp4 3004 53 no # the fourth
		a>c udp4 3001 53 yes # what is answered goes on
		a>c udp6 3001 53 yes
		a>c udp6 3001 53 yes # it goes on
		a>c udp6 3002 53 no
		a>c echo6 yes
		a>c nd6 yes # of no connection
	END
	t_true "tf:ConnLimit: verify" tapfilter verify tap0
	t_true "tf:ConnLimit: nft lists it" nft list ruleset
	policy >"$T_TMP/profiles/state.xml"
	t_true "up, without" helper up tap0
fi

# ---- the host ---------------------------------------------------------------
ip addr add 10.0.0.9/24 dev br0
sysctl -qw net.ipv6.conf.br0.disable_ipv6=0
ip -6 addr add fd00::9/64 dev br0 nodad
ip neigh replace 10.0.0.1 lladdr "$GUEST" dev br0
ip neigh replace fd00::1 lladdr "$GUEST" dev br0
ip link add q0 type veth peer name q1
ip link set q0 address 02:00:00:00:00:98
ip addr add 10.9.0.1/24 dev q0
sysctl -qw net.ipv6.conf.q0.disable_ipv6=0
ip -6 addr add fd09::1/64 dev q0 nodad
ip link set q0 up
ip link set q1 up
ip neigh replace 10.9.0.2 lladdr 52:54:00:00:00:09 dev q0
ip neigh replace fd09::2 lladdr 52:54:00:00:00:09 dev q0
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.conf.all.rp_filter=0
for v in 4 6; do
	traffic "the host, IPv$v" <<-END
		host>a udp$v 2000 22 no/yes # by marks the host opens none
		a>h udp$v 22 2000 no/yes
		host>a udp$v 2000 22 no/yes
		host>a udp$v 2000 23 no
		a>h udp$v 23 2000 no
		host>a udp$v 2000 23 no
		a>h udp$v 2001 80 yes
		host>a udp$v 80 2001 yes
		host>a udp$v 80 2002 no
		a>h udp$v 2001 80 yes
	END
	traffic "what the host routes, IPv$v" <<-END
		r>a udp$v 2100 22 no/yes
		a>r udp$v 22 2100 no/yes
		r>a udp$v 2100 22 no/yes
		r>a udp$v 2100 23 no
		a>r udp$v 23 2100 no
		r>a udp$v 2100 23 no
		a>r udp$v 2101 81 no
		a>r udp$v 2101 80 yes
		r>a udp$v 80 2101 yes
		r>a udp$v 80 2102 no
		r>a unreach$v 2101 80 yes
		r>a unreach$v 2109 80 no
	END
done
traffic "a mark of the host's own" <<-END
	run nft add table inet mine 0
	run nft add chain inet mine o '{ type filter hook output priority 600; }' 0
	run nft add rule inet mine o meta mark set 0x01000000 0
	host>a udp4 2200 23 no
	run nft delete table inet mine 0
END

# ---- what others do ---------------------------------------------------------
nft -f - <<-END
	table ip mine {
		chain c { type filter hook forward priority 0; }
	}
	table bridge mine {
		chain c { type filter hook prerouting priority 0; }
	}
END
# foreign: the rules that are not ours
foreign() {
	nft list ruleset | awk '/^table/ { ours = /tapfilter/ } !ours'
}
before=$(foreign)
[ -z "${TF_SHORT:-}" ] || T_CHAINS=${T_CHAINS##*[!a-z0-9:-]}
for chain in $T_CHAINS; do
	nft flush chain "${chain%:*}" $T_TABLE "${chain#*:}"
	t_true "verify misses the rules of $chain" \
		has "$(tapfilter verify tap0)" \
		"chain ${chain#*:} of the table ${chain%:*} "
done
t_true "repair puts them back" tapfilter verify --repair
t_true "so that all is right" tapfilter verify
nft add rule "${chain%:*}" $T_TABLE "${chain#*:}" counter
t_true "verify finds one too many" has "$(tapfilter verify)" \
	"chain ${chain#*:}"
t_true "restore takes it away" helper restore
t_true "so that all is right" tapfilter verify
nft flush map bridge $T_TABLE out
t_true "verify misses the way to the chains" \
	has "$(tapfilter verify)" "does not lead to the chains of tap0"
t_true "reload" helper reload tap0 tap1
t_true "puts it back" tapfilter verify
if marks; then
	nft delete table ip6 $T_TABLE
	t_true "verify misses a table" has "$(tapfilter verify)" "table ip6"
	traffic "without it" <<-END
		a>c udp6 2800 80 no
		a>c udp4 2800 80 yes
	END
	t_true "restore" helper restore
fi
nft flush ruleset
t_true "restore after a flush" helper restore
t_true "all is right" tapfilter verify
nft -f - <<-END
	$before
END

if marks; then
	ip link set br0 type bridge nf_call_iptables 0
	t_true "verify finds that the bridge shows nothing any more" has \
		"$(tapfilter verify tap0)" "$T_PLACE needs a bridge that shows"
	t_true "which is no fault of the files, nor of the rules" \
		[ "$(tapfilter verify tap0 2>&1 | grep -c '^  ')" = 1 ]
	t_is "so that none are put back" "" "$(said tapfilter verify --repair)"
	traffic "which closes" <<-END
		a>c udp4 2801 80 no
		c>a udp4 2802 22 no
		a>c udp6 2801 80 yes
	END
	cp "$T_TMP/conf" "$T_TMP/keep"
	echo "bridge-netfilter = on" >>"$T_TMP/conf"
	t_true "where it may be switched on, repair does that" has \
		"$(said tapfilter verify --repair)" \
		"tap0: it was not as recorded, and is again"
	t_true "so that all is right" tapfilter verify
	mv "$T_TMP/keep" "$T_TMP/conf"
	t_true "so that all is right" tapfilter verify
fi

# ---- the number of a device --------------------------------------------------
t_true "down" helper down tap1
ip link del tap1
ip tuntap add old mode tap
domain old 52:54:00:00:00:04 4
t_true "up" helper up old
number=$(number_of old)
ip link del old
t_true "another tap gets its number" numbered tap1 "$number"
sed -i "/'state'/d" "$T_TMP/domains/tap1.xml"
t_true "up, and that one has no states" helper up tap1
t_true "is right" tapfilter verify tap1
traffic "the rules of the former are not its rules" <<-END
	b>c udp4 1600 25 yes
	c>b udp4 25 1600 yes
	c>b udp4 25 1601 yes
	a>c udp4 1600 25 no
END
t_true "gc" tapfilter gc
t_false "leaves nothing of the former" has "$(nft list ruleset)" old-
t_false "nor its record" [ -e "$T_STATE/old" ]
# as an earlier version left it, or somebody else
for mend in "tapfilter verify --repair" "helper up tap1" "helper reload tap1"; do
	nft add element bridge $T_TABLE out '{ "tap1" : goto tap0-out }'
	nft add element bridge $T_TABLE guests '{ "tap1" }'
	t_true "verify finds what leads it elsewhere" \
		has "$(tapfilter verify tap1)" "leads it to the chain tap0-out"
	# shellcheck disable=SC2086
	t_true "$mend" $mend
	t_true "and it is right" tapfilter verify
done
t_true "down" helper down tap1
ip link del tap1
ip tuntap add old mode tap
t_true "up" helper up old
number=$(number_of old)
ip link del old
ip link add other index "$number" type bridge
t_true "gc where no tap has its number" tapfilter gc
t_false "leaves nothing" has "$(nft list ruleset)" old-
t_is "but one element for tap0" 1 \
	"$(nft list map bridge $T_TABLE out | grep -o goto | wc -l)"
ip link del other
rm "$T_TMP/domains/old.xml"
ip tuntap add tap1 mode tap
domain tap1 "$OTHER" 2
t_true "up" helper up tap1

# ---- replacement ------------------------------------------------------------
reloads=20
[ -z "${TF_SHORT:-}" ] || reloads=2
cat >"$T_TMP/again" <<-END
	i=0
	while [ \$i -lt $reloads ]; do
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" \
			reload tap0 || exit 1
		i=\$((i + 1))
	done
END
traffic "replacement under a flood" <<-END
	flood sh $T_TMP/again 0,0,0
END
policy "established related new" >"$T_TMP/profiles/state.xml"
t_true "other rules" helper reload tap0 tap1
traffic "are there" <<-END
	a>c udp4 2803 81 yes
END
policy >"$T_TMP/profiles/state.xml"
t_true "the former rules" helper reload tap0 tap1

# ---- limits -----------------------------------------------------------------
t_true "down" helper down tap0
t_true "leaves what the other guest needs" tapfilter verify tap1
t_true "down, the last one" helper down tap1
t_true "leaves nothing" nothing
t_is "of ours" "$before" "$(nft list ruleset)"
echo "state-connections = 20" >>"$T_TMP/conf"
echo "state-marks = 0xf00" >>"$T_TMP/conf"
t_true "other bits, and few connections" helper up tap0
t_true "for both" helper up tap1
t_true "all is right" tapfilter verify
t_true "the bits" has "$(nft list table bridge $T_TABLE)" 0x00000700
for v in 4 6; do
	traffic "one guest cannot starve another, IPv$v" <<-END
		a>c udp$v +3000 80 x40 20
		c>a udp$v 80 3000 yes
		a>c udp$v 3000 80 yes
		a>c udp$v 3100 80 no
		b>c udp$v 3000 80 yes
		c>a udp$v 3101 22 yes
	END
done

# ---- ends -------------------------------------------------------------------
[ -z "${TF_SHORT:-}" ] || t_done
i=0
while [ "$i" -lt 20 ]; do
	"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" reload tap0 \
		>/dev/null 2>&1 &
	job=$!
	n=0
	while [ "$n" -lt $((i * 40)) ]; do
		n=$((n + 1))
	done
	kill -9 "$job" 2>/dev/null
	wait "$job" 2>/dev/null
	i=$((i + 1))
done
t_true "reload after it was killed" helper reload tap0
t_true "is right" tapfilter verify
ip link del tap1
ip tuntap add tap1 mode tap
t_true "up of a tap that is another one now" helper up tap1
t_true "is right" tapfilter verify
t_is "one element for each" "2 2 2" "$(for s in in out; do
	nft list map bridge $T_TABLE $s | grep -o goto | wc -l
done | xargs) $(nft list set bridge $T_TABLE guests |
	grep -o '"tap[01]"' | wc -l)"
i=0
while [ "$i" -lt 10 ]; do
	helper down tap0 &
	a=$!
	helper down tap1 &
	wait "$a" || t_fail "down" "failed"
	wait "$!" || t_fail "down" "failed"
	nothing || t_fail "down of both at once" "leaves something"
	helper up tap0 &
	a=$!
	helper up tap1 &
	wait "$a" || t_fail "up" "failed"
	wait "$!" || t_fail "up" "failed"
	i=$((i + 1))
done
t_true "up of both at once is right" tapfilter verify
t_true "down" helper down tap0
t_true "down" helper down tap1
t_true "leaves nothing" nothing
t_is "and what is not ours" "$before" "$(nft list ruleset)"
t_done
