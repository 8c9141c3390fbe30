#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Profiles that ask for the state of connections: what is forged, what is behind
# a tag, what others do to rules and marks, changes between a profile with and
# one without states, and a table of connections that is full.
. "$(dirname "$0")/../lib.sh"
t_need unshare
t_ns "$@"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/state.sh"
state_setup

# ---- no bridge --------------------------------------------------------------
sed "s/<source[^>]*>//" "$T_TMP/domains/tap0.xml" >"$T_TMP/no-bridge.xml"
! marks || show 1
t_false "a tap that is to be in no bridge" \
	helper up --domain "$T_TMP/no-bridge.xml" tap0
t_true "is told so" has \
	"$(said helper up --domain "$T_TMP/no-bridge.xml" tap0)" \
	"state.xml:2:*nft bridge*needs a bridge, and the interface has none"
ip link add other0 type veth peer name other1
sed "s/bridge='br0'/bridge='other0'/" "$T_TMP/domains/tap0.xml" \
	>"$T_TMP/other.xml"
t_true "nor in what is no bridge" has \
	"$(said helper up --domain "$T_TMP/other.xml" tap0)" \
	"needs the bridge of the interface, which is not there"
ip link del other0
t_true "and nothing was changed" nothing

t_true "up" helper up tap0
t_true "up of another" helper up tap1
# bases: the rules that taps share
bases() {
	for chain in $T_CHAINS; do
		nft -s list chain "${chain%:*}" "$T_TABLE" "${chain#*:}"
	done
}
bases=$(bases)

# ---- what is forged ---------------------------------------------------------
for v in 4 6; do
	traffic "scans, IPv$v" <<-END
		a>c tcp$v 1000 80 onlyfin no
		a>c tcp$v 1001 80 synfin no
		a>c tcp$v 1002 80 synrst no
		a>c tcp$v 1003 80 fpu no
		a>c tcp$v 1004 80 all no
		a>c tcp$v 1005 80 syn yes
		c>a tcp$v 80 1005 synack 100 2 yes
		a>c tcp$v 1005 80 ack 2 101 yes
		c>a tcp$v 1000 22 onlyfin no
		c>a tcp$v 1001 22 synfin no
		c>a tcp$v 1002 22 synrst no
		c>a tcp$v 1003 22 fpu no
		c>a tcp$v 1004 22 all no
		c>a tcp$v 1005 22 syn yes
	END
	traffic "another guest's connection, IPv$v" <<-END
		a>c udp$v 1100 80 yes
		b>c udp$v 1100 80 src=a no
		b>c udp$v 1100 80 src=a from=525400000001 no
		b>c udp$v 1100 81 no
		b>c unreach$v 1100 80 no # not to one of its ends
		b>c udp$v 1100 80 yes
		c>b udp$v 80 1100 dst=a yes # that is not the guest's fault
	END
	traffic "guest to guest, IPv$v" <<-END
		run $TF_BUILD/tapfilter-helper --config $T_TMP/conf down tap1 0
		run ip link set tap1 master br0 up 0
		a>b udp$v 1200 81 no
		b>a udp$v 81 1200 no
		a>b udp$v 1200 80 yes
		b>a udp$v 80 1200 yes
		b>a udp$v 1200 23 no
		a>b udp$v 23 1200 no
		b>a udp$v 1200 22 yes
		a>b udp$v 22 1200 yes
		run $TF_BUILD/tapfilter-helper --config $T_TMP/conf up tap1 0
	END
done

# ---- behind a tag -----------------------------------------------------------
for v in 4 6; do
	traffic "a tag that connection tracking does not see, IPv$v" <<-END
		c>a udp$v 2000 23 tag=5 yes
		a>c udp$v 23 2000 no
		a>c udp$v 2000 80 tag=5 no # pinned addresses forbid it
	END
done
! marks || sysctl -qw net.bridge.bridge-nf-filter-vlan-tagged=1
! marks || for v in 4 6; do
	traffic "one that it sees, IPv$v" <<-END
		c>a udp$v 2001 23 tag=5 no
		a>c udp$v 23 2001 no # that has opened nothing
		c>a udp$v 2001 22 yes
		a>c udp$v 22 2001 yes
		c>a udp$v 2001 22 tag=5 no
	END
done
! marks || sysctl -qw net.bridge.bridge-nf-filter-vlan-tagged=0

# ---- what others do ---------------------------------------------------------
# frames that are still treated as they should be, whatever others mark
kept() {
	for v in 4 6; do
		traffic "$1, IPv$v" <<-END
			a>c udp$v $2 80 yes
			c>a udp$v 80 $2 yes
			a>c udp$v $2 81 no
			c>a udp$v 1 23 no
			a>c udp$v 23 $2 no
		END
	done
}
# closed NAME PORT: all is dropped that needs a state
closed() {
	for v in 4 6; do
		traffic "$1, IPv$v" <<-END
			a>c udp$v $2 80 no
			c>a udp$v 80 $2 no
		END
	done
}
# others RULES: somebody else's
others() {
	nft flush ruleset
	helper restore 2>/dev/null
	nft -f -
}
for value in 1 2 3 4 7; do
	was=kept
	# it says that the host has it
	! marks || [ "$value" != 7 ] || was=closed
	others <<-END
		table inet mine {
			chain p { type filter hook prerouting priority 600;
				meta mark set 0x0${value}000000; }
		}
		table bridge mine {
			chain p { type filter hook prerouting priority -5;
				meta mark set 0x0${value}000000; }
		}
	END
	"$was" "a mark $value before ours" 300$value
done
others <<-END
	table bridge mine {
		chain f { type filter hook forward priority 0;
			meta mark set 0; }
	}
END
traffic "a mark that is wiped out" <<-END
	a>c udp4 3100 80 yes
	c>a udp4 80 3100 no/yes
	c>a udp4 3100 22 no/yes
END
others <<-END
	table inet mine {
		chain p { type filter hook prerouting priority -150;
			meta mark set ct mark; }
		chain f { type filter hook forward priority -150;
			ct mark set meta mark
			meta mark set ct mark; }
	}
END
kept "marks that are saved and restored" 3200
family=bridge
! marks || family=inet
others <<-END
	table $family mine {
		chain p { type filter hook prerouting priority -300; notrack; }
	}
END
closed "packets that are not to be tracked" 3300
others <<-END
	table bridge mine {
		chain p { type filter hook prerouting priority 200; accept; }
		chain f { type filter hook forward priority -300; accept; }
		chain o { type filter hook postrouting priority -300; accept; }
	}
	table inet mine {
		chain p { type filter hook prerouting priority -400; accept; }
		chain f { type filter hook forward priority 0; accept; }
	}
END
kept "an accept of somebody else" 3400
others <<-END
	table bridge mine {
		chain f { type filter hook forward priority -300;
			ether type { ip, ip6 } meta l4proto udp drop; }
	}
END
closed "a drop of somebody else" 3500
nft flush ruleset
helper restore 2>/dev/null

# ---- what verify finds ------------------------------------------------------
handle=$(nft -a list chain bridge $T_TABLE outgoing |
	sed -n 's/.*vmap @out # handle //p')
nft replace rule bridge $T_TABLE outgoing handle "$handle" \
	iif vmap @in
t_true "verify finds another map" \
	has "$(tapfilter verify tap0)" "chain outgoing of the table bridge "
t_true "restore" helper restore
t_true "all is right" tapfilter verify
nft delete element bridge $T_TABLE guests '{ "tap0" }'
t_true "verify finds that a port is no guest's" \
	has "$(tapfilter verify tap0)" "does not lead to the chains of tap0"
t_true "but not of another" tapfilter verify tap1
t_true "restore" helper restore
nft delete element bridge $T_TABLE in '{ "tap0" }'
nft add element bridge $T_TABLE in '{ "tap0" : accept }'
t_true "verify finds a way round the chains" \
	has "$(tapfilter verify tap0)" "does not lead to the chains of tap0"
t_true "restore" helper restore
judge=bridge:ask-outgoing
! marks || judge=ip:bridged
echo "state-connections = 77" >>"$T_TMP/conf"
t_true "verify finds another number of connections" \
	has "$(tapfilter verify tap0)" "chain ${judge#*:} of the table ${judge%:*} "
sed -i '/^state-connections/d' "$T_TMP/conf"
t_true "all is right" tapfilter verify
sed -i "1s|\$|<FilterEntry><Action>ACCEPT</Action><TrafficType>incoming\
</TrafficType><IPHeadersFilter><HdrIPVersion>4</HdrIPVersion><HdrProtocolID>udp\
</HdrProtocolID></IPHeadersFilter><tf:State>new</tf:State>\
<tf:Limit rate='1/day' burst='3'/></FilterEntry>|" "$T_TMP/profiles/state.xml"
t_true "a limit" helper reload tap0
traffic "lets so many pass" <<-END
	c>a udp4 +4000 99 x9 3
END
t_true "all is right" tapfilter verify tap0
nft -f - <<-END
	flush chain bridge $T_TABLE tap0-in
	flush chain bridge $T_TABLE tap0-in-0
	delete limit bridge $T_TABLE tap0-in-0
	add limit bridge $T_TABLE tap0-in-0 { rate 9/day; }
END
t_true "verify finds another limit" \
	has "$(tapfilter verify tap0)" "the limit of state:1 is gone or was changed"
policy >"$T_TMP/profiles/state.xml"
t_true "without it again" helper reload tap0
t_true "all is right" tapfilter verify
t_is "what taps share was not changed by any of it" "$bases" \
	"$(bases)"

# ---- with states, and without -----------------------------------------------
cat >"$T_TMP/turn" <<-END
	i=0
	while [ \$i -lt 8 ]; do
		if [ \$((i % 2)) = 0 ]; then
			cp $T_TMP/stateless.xml $T_TMP/profiles/state.xml
		else
			cp $T_TMP/stateful.xml $T_TMP/profiles/state.xml
		fi
		"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" \
			reload tap0 || exit 1
		i=\$((i + 1))
	done
END
cp "$T_TMP/profiles/state.xml" "$T_TMP/stateful.xml"
stateless >"$T_TMP/stateless.xml"
t_true "down, the other one" helper down tap1
traffic "from one to the other and back under a flood" <<-END
	flood sh $T_TMP/turn 0,0,0
END
t_true "is in the bridge place" has "$(tapfilter show tap0)" "state (nft bridge"
t_true "all is right" tapfilter verify
cp "$T_TMP/stateless.xml" "$T_TMP/profiles/state.xml"
t_true "without states" helper reload tap0
t_true "is in the netdev place" has "$(tapfilter show tap0)" "state (nft netdev)"
t_false "leaves no table of the bridge family" \
	nft list table bridge $T_TABLE
# what somebody else has under our name, and the kernel refuses ours for it
nft -f - <<-END
	table bridge $T_TABLE { set in { type ether_addr; }; }
END
cp "$T_TMP/stateful.xml" "$T_TMP/profiles/state.xml"
t_false "a place that fails after another one" helper reload tap0
cp "$T_TMP/stateless.xml" "$T_TMP/profiles/state.xml"
t_true "leaves the former rules" tapfilter verify tap0
traffic "in force" <<-END
	a>c udp4 5000 80 yes
	a>c udp4 5000 81 no
	c>a udp4 80 5000 no
	c>a udp4 5000 22 yes
END
nft delete table bridge $T_TABLE
cp "$T_TMP/stateful.xml" "$T_TMP/profiles/state.xml"
t_true "when that is gone" helper reload tap0
traffic "there are states" <<-END
	a>c udp4 5001 81 no
	a>c udp4 5001 80 yes
	c>a udp4 80 5001 yes
END
t_true "up, the other one" helper up tap1

# ---- no room for connections ------------------------------------------------
if [ "$(sysctl -n net.netfilter.nf_conntrack_max)" -le 300000 ]; then
	traffic "a table that is full" <<-END
		a>c udp4 6000 80 yes
		c>a udp4 80 6000 yes
		fill ENOMEM
		a>c udp4 6001 80 no
		c>a udp4 6001 22 no
		b>c udp6 6001 80 no
		a>c nd6 yes
	END
else
	t_skip "a table that is full" "it is too large"
fi
t_true "down" helper down tap0
t_true "down" helper down tap1
t_true "leaves nothing" nothing
t_done
