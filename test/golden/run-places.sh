#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The table of tapfilter-profile(5): which place carries what.  For each row of
# it, here are rules that it is about, with what carries each of them.  That must
# be so, and the row must say it: "yes" or "no" of all its rules, in either
# direction; anything else of some of them; of the places of nft, which.
. "$(dirname "$0")/../lib.sh"
table=$TF_BUILD/test/golden/place_table
t_tmp

# A row begins with "= "; + and - are for nft netdev, nft bridge with marks, nft
# bridge with connection tracking, ebtables, iptables.
cat >"$T_TMP/rules" <<'END'
= Ethernet source
+++++ out drop eth.type=0x0800 eth.src=52:54:00:00:00:01
++++- out drop eth.type=0x0800 eth.src=52:54:00:00:00:00/ff:ff:ff:00:00:00
= Ethernet destination
++++- out drop eth.type=0x0800 eth.dst=52:54:00:00:00:01
+++++ out drop eth.type=0x0800 eth.dst=ff:ff:ff:ff:ff:ff
+++++ out drop eth.type=0x0800 eth.dst=01:00:00:00:00:00/01:00:00:00:00:00
= Ethernet type
+++++ out drop eth.type=0x0800
+++++ out drop eth.type=0x86dd
++++- out drop eth.type=0x0806
++++- out drop eth.type=0x88cc
++++- out drop eth.type=0x0601
+++-- out drop eth.type=0x0600
= VLAN ID, type behind tag
++++- out drop eth.type=0x8100 vlan.id=5
++++- out drop eth.type=0x8100 vlan.id=0
++++- out drop eth.type=0x8100 vlan.id=4094
+++-- out drop eth.type=0x8100 vlan.id=4095
++++- out drop eth.type=0x8100 vlan.type=0x0800
= priority of a tag
++++- out drop eth.type=0x8100 vlan.pcp=3
++++- out drop eth.type=0x8100 vlan.pcp=3 vlan.id=0
+++-- out drop eth.type=0x8100 vlan.pcp=3 vlan.id=5
= ARP, IP behind a tag
+++-- out drop eth.type=0x8100 vlan.id=5 vlan.type=0x0806 arp.op=1
+++-- out drop eth.type=0x8100 vlan.id=5 vlan.type=0x0800 ip.src=10.0.0.1
+++-- out drop eth.type=0x8100 vlan.id=5 vlan.type=0x86dd ip6.src=fd00::1
= tf:InnerProtocolID
++++- out drop eth.inner=0x0806
++++- out drop eth.inner={0x0800,0x86dd}
+++-- out accept eth.inner=0x0806
= ARP
++++- out drop eth.type=0x0806 arp.htype=1
++++- out drop eth.type=0x0806 arp.ptype=0x0800
++++- out drop eth.type=0x0806 arp.op=2
++++- out drop eth.type=0x0806 arp.htype=1 arp.ptype=0x0800 arp.hlen=6 arp.plen=4 arp.sha=52:54:00:00:00:01
++++- out drop eth.type=0x0806 arp.htype=1 arp.ptype=0x0800 arp.hlen=6 arp.plen=4 arp.spa=10.0.0.1
++++- out drop eth.type=0x0806 arp.htype=1 arp.ptype=0x0800 arp.hlen=6 arp.plen=4 arp.tha=52:54:00:00:00:01
++++- out drop eth.type=0x0806 arp.htype=1 arp.ptype=0x0800 arp.hlen=6 arp.plen=4 arp.tpa=10.0.0.1
++++- out drop eth.type=0x8035 arp.op=3
= lengths in ARP
++++- out drop eth.type=0x0806 arp.htype=1 arp.ptype=0x0800 arp.hlen=6 arp.plen=4
++++- out accept eth.type=0x0806 arp.htype=1 arp.ptype=0x0800 arp.hlen=6 arp.plen=4
+++-- out drop eth.type=0x0806 arp.hlen=6
+++-- out drop eth.type=0x0806 arp.hlen=8
+++-- out drop eth.type=0x0806 arp.plen=16
= IPv4 addresses, ports
+++++ out drop eth.type=0x0800 ip.src=10.0.0.1
+++++ out drop eth.type=0x0800 ip.dst!=10.0.0.0/8
+++++ out drop eth.type=0x0800 ip.proto=6 l4.sport=80
+++++ out drop eth.type=0x0800 ip.proto=17 l4.dport=1024-65535
+++++ out drop eth.type=0x0800 ip.proto=132 l4.dport!=7
= IPv4 protocol
+++++ out drop eth.type=0x0800 ip.proto=47
++++- out drop eth.type=0x0800 ip.proto=0
= ICMP
+++++ out drop eth.type=0x0800 ip.proto=1 icmp.type=8
+++++ out drop eth.type=0x0800 ip.proto=1 icmp.type=3 icmp.code=4
++++- out drop eth.type=0x0800 ip.proto=1 icmp.code=4
++++- out drop eth.type=0x0800 ip.proto=1 icmp.type=255
= IGMP
++++- out drop eth.type=0x0800 ip.proto=2 igmp.type=0x11
++++- out drop eth.type=0x0800 ip.proto=2 igmp.type=0x10-0x20
= IPv6 addresses
+++++ out drop eth.type=0x86dd ip6.src=fd00::1
+++++ out drop eth.type=0x86dd ip6.dst=ff00::/8
= IPv6 protocol, ports
+++-+ out drop eth.type=0x86dd ip6.proto=47
+++-+ out drop eth.type=0x86dd ip6.proto=6 l4.sport=80
+++-+ out drop eth.type=0x86dd ip6.proto=17 l4.dport=53
+++-+ out drop eth.type=0x86dd ip6.proto=0
= ICMPv6
+++-+ out drop eth.type=0x86dd ip6.proto=58 icmp6.type=128
+++-+ out drop eth.type=0x86dd ip6.proto=58 icmp6.type=1 icmp6.code=4
+++-+ out drop eth.type=0x86dd ip6.proto=58 icmp6.code=4
+++-+ out drop eth.type=0x86dd ip6.proto=58 icmp6.type=255
= HdrDSCP
+++++ out drop eth.type=0x0800 ip.dscp=10
+++++ out drop eth.type=0x86dd ip6.dscp=10
+++++ out drop eth.type=0x0800 ip.dscp=0
+++++ out drop eth.type=0x86dd ip6.dscp=0-9
= tf:TCPFlags, tf:HopLimit
+++-+ out drop eth.type=0x0800 ip.proto=6 tcp.flags=0x02/0x3f
+++-+ out drop eth.type=0x86dd ip6.proto=6 tcp.flags=0x02/0x3f
+++-+ out drop eth.type=0x0800 ip.ttl=1
+++-+ out drop eth.type=0x86dd ip6.hoplimit=1
+++-+ out drop eth.type=0x0800 ip.ttl=0-4
= tf:Fragment of IPv4
+---- out drop eth.type=0x0800 ip.frag!=0x0000/0x3fff
+--+- out accept eth.type=0x0800 ip.proto=17 ip.frag=0x0000/0x3fff l4.dport=53
+---- out drop eth.type=0x0800 ip.frag!=0x0000/0x1fff
= fragment conditions, IPv6
+--+- out drop eth.type=0x86dd ip6.frag!=0x0000/0xfff8
+---+ out drop eth.type=0x86dd ip6.fraghdr=1
+---+ out drop eth.type=0x86dd ip6.fragnext=17
+---+ out drop eth.type=0x86dd ip6.nexthdr=0
+---- in drop eth.type=0x86dd ip6.fraghdr=1
+---+ out drop eth.type=0x86dd ip6.nexthdr=58 ip6.hoplimit=255 ip6.length=24 icmp6.type=135 nd.target=fd00::1
+---+ out drop eth.type=0x86dd ip6.nexthdr=58 ip6.hoplimit=255 ip6.length=32 icmp6.type=135 nd.opttype=1 nd.optlen=1 nd.lladdr=52:54:00:00:00:01
+---+ out drop eth.type=0x86dd ip6.nexthdr=58 ip6.hoplimit=255 ip6.length=16 icmp6.type=133 rs.opttype=1 rs.optlen=1 rs.lladdr=52:54:00:00:00:01
= lists of values
+++++ out drop eth.type=0x0800 ip.src={10.0.0.1,10.1.0.0/16}
+++++ out drop eth.type=0x0800 eth.src={52:54:00:00:00:01,52:54:00:00:00:02}
= tf:State
-++-+ out accept eth.type=0x0800 ct.state={established,related}
-++-+ in accept eth.type=0x86dd ct.state=new
-++-+ out accept eth.type=0x0800 ip.proto=6 l4.dport=22 ct.state=invalid
= tf:ConnLimit
--+-+ in accept eth.type=0x0800 connlimit=5
= tf:Limit
+++-+ out accept eth.type=0x0800 limit=10000/second burst=5
+++-- out accept eth.type=0x0800 limit=10001/second burst=5
= tf:Log
+++-+ out drop eth.type=0x0800 log=1 log.prefix="x"
+++-+ in accept eth.type=0x86dd log=1 log.limit=1/second log.burst=5 log.prefix="x"
= REJECT, outgoing
+---- out reject eth.type=0x0800
= REJECT, incoming
----- in reject eth.type=0x0800
END

# A row as "NAME|NFT|EBTABLES|IPTABLES", without the first, which names these
sed -n '/^In the table,/,/^\.El/s/^\.It "\([^"]\{1,\}\)" Ta /\1|/p' \
	"$TF_TOP/man/tapfilter-profile.5" |
	sed 's/ Ta /|/g; s/|"\([^"|]*\)"/|\1/g' >"$T_TMP/manual"
t_is "rules are about every row, in the order of the manual" \
	"$(cut -d'|' -f1 "$T_TMP/manual")" "$(sed -n 's/^= //p' "$T_TMP/rules")"

# What no element asks for alone: see HEADERS
"$table" fields | grep -vx 'ip\.upper' | while read -r field; do
	grep -q " ${field}[=!]" "$T_TMP/rules" || echo "$field"
done >"$T_TMP/missing"
t_is "rules are about every field" "" "$(cat "$T_TMP/missing")"

sed -n 's/^[-+]* /p:1 /p' "$T_TMP/rules" >"$T_TMP/texts"
t_is "places carry what is said here" \
	"$(sed -n '/^=/!p' "$T_TMP/rules")" \
	"$("$table" <"$T_TMP/texts" | paste -d' ' - "$T_TMP/texts" |
		sed 's/ p:1 / /')"
# The same of the other direction, but for rows that name one
sed 's/^p:1 out/p:1 IN/; s/^p:1 in/p:1 out/; s/IN/in/' "$T_TMP/texts" \
	>"$T_TMP/turned"
"$table" <"$T_TMP/turned" | paste -d' ' - "$T_TMP/turned" >"$T_TMP/others"
awk 'NR == FNR { turned[FNR] = $1; next }
	/^=/ { print; directed = /going$|coming$/; next }
	{ print; n++; if (!directed) print turned[n], "(turned)" }' \
	"$T_TMP/others" "$T_TMP/rules" >"$T_TMP/both"

# What is wrong between the cells and their + and -
awk -F'|' '
	function plain(word, marks, what) {
		if (word == "yes" && marks ~ /-/ || word == "no" && marks ~ /\+/)
			print row ": " what " says \"" word "\": " marks
	}
	function cell(word, marks, what) {
		plain(word, marks, what)
		if (word != "yes" && word != "no" &&
		    (marks !~ /-/ || marks !~ /\+/))
			print row ": " what " says \"" word "\": " marks
	}
	function judge() {
		if (row == "")
			return
		nft = says[row, 2]
		plain(nft ~ /^(yes|netdev)$/ ? "yes" : "no", m[1], "nft netdev")
		plain(nft ~ /^(yes|bridge)$/ ? "yes" : "no", m[2], "nft marks")
		plain(nft ~ /^(yes|bridge|tracking)$/ ? "yes" : "no", m[3],
			"nft tracking")
		if (nft !~ /^(yes|netdev|bridge|tracking|no)$/)
			print row ": nft says \"" nft "\""
		cell(says[row, 3], m[4], "ebtables")
		cell(says[row, 4], m[5], "iptables")
	}
	NR == FNR { for (i = 2; i <= 4; i++) says[$1, i] = $i; next }
	/^= / { judge(); row = substr($0, 3); split("", m); next }
	{ for (i = 1; i <= 5; i++) m[i] = m[i] substr($0, i, 1) }
	END { judge() }' "$T_TMP/manual" "$T_TMP/both" >"$T_TMP/wrong"
t_is "the manual says so" "" "$(cat "$T_TMP/wrong")"
t_done
