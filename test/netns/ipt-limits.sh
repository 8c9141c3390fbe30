#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Limits in the iptables place: of connections, of packets, of what is noted.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_need unshare ip bridge iptables-legacy ip6tables-legacy
t_need_root
t_ns "$@"
ipt_bridge 3

cat >/run/policy <<'END'
p:1 out accept eth.type=0x0800 ip.proto=17 ct.state=new connlimit=3
p:2 out accept eth.type=0x0800 ip.proto=17 ct.state=established
p:3 out accept eth.type=0x0800 ip.proto=1 limit=1/hour burst=2
p:4 out drop eth.type=0x0800 log=7 log.limit=1/hour log.burst=2 log.prefix="a b"
p:5 out accept eth.type=0x86dd ip6.proto=17 ct.state={new,established} connlimit=1
p:6 out drop eth.type=0x86dd
END
t_true "rules of tap1 and tap3, in one step" ipt apply tap1 tap3 </run/policy
t_true "they are what was sent" ipt verify tap1 </run/policy

packets <<'END'
1>2 udp 1.1001 2.53 pass first connection
1>2 udp 1.1002 2.53 pass second connection
1>2 udp 1.1003 2.53 pass third connection
2>1 udp 2.53 1.1001 pass one is answered
1>2 udp 1.1004 2.53 drop fourth connection
1>2 udp 1.1001 2.53 pass what is answered goes on
3>2 udp 3.1001 2.53 pass another guest has connections of its own
3>2 udp 3.1002 2.53 pass and a second one
1>2 udp6 1.1001 2.53 pass IPv6: first connection
1>2 udp6 1.1001 2.53 pass IPv6: it goes on
1>2 udp6 1.1002 2.53 drop IPv6: second connection
1>2 ping 1 2 pass first packet
1>2 ping 1 2 pass second packet
1>2 ping 1 2 drop third packet
3>2 ping 3 2 pass another guest has a limit of its own
END

noted() {
	iptables-legacy -t mangle -nvxL | awk '/nflog-group 7/ { print $1; exit }'
}
# the fourth connection and the third ping are dropped and noted
t_is "what is dropped is noted" 2 "$(noted)"
packets <<'END'
1>2 ping 1 2 drop one more packet
END
t_is "no more than its limit" 2 "$(noted)"
t_is "the prefix is whole" 2 "$(iptables-legacy -t mangle -S |
	grep -c -- '--nflog-prefix "a b" --nflog-group 7')"

# Whoever changes the table makes the kernel forget what it counted.  With its
# next packet a connection is counted again.
iptables-legacy -t mangle -A INPUT -j RETURN
packets <<'END'
1>2 udp 1.1001 2.53 pass the first goes on
1>2 udp 1.1002 2.53 pass the second
1>2 udp 1.1003 2.53 pass the third
1>2 udp 1.1004 2.53 drop still no fourth
END

t_true "rules with a limit of both IP versions" \
	[ "$(printf 'p:1 out accept eth.type=0x0800 limit=1/second burst=1
p:1 out accept eth.type=0x86dd limit=1/second burst=1
' | ipt apply tap2 2>&1)" = "p.xml:1: iptables cannot carry a limit that IPv4 and IPv6 share (write an entry for each HdrIPVersion)" ]
t_is "change nothing" "" "$(tables | grep "tapf-.*tap2")"
t_done
