#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Connections of a guest in the iptables place: who may begin one, what belongs
# to one, and what only looks like it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_need unshare ip bridge iptables-legacy ip6tables-legacy iptables-nft
t_need_root
t_ns "$@"
ipt_bridge 3
ip addr add 10.0.0.9/24 dev br0
ip addr add fd00::9/64 dev br0 nodad

# What a guest with the number N may do: begin connections, but none with port
# 23; be asked at port 22.
policy() {
	cat <<END
pin:1 out accept eth.type=0x0800 ip.src=10.0.0.$1
pin:2 out drop eth.type=0x0800
pin:3 out accept eth.type=0x86dd ip6.src=fd00::$1
pin:4 out drop eth.type=0x86dd
state:1 out drop eth.type=0x0800 ip.proto=6 l4.dport=23
state:2 out accept eth.type=0x0800 ct.state={new,established,related}
state:3 out drop eth.type=0x0800
state:4 in accept eth.type=0x0800 ct.state={established,related}
state:5 in accept eth.type=0x0800 ip.proto=6 l4.dport=22 ct.state=new
state:6 in drop eth.type=0x0800
state:7 out accept eth.type=0x86dd ct.state={new,established,related}
state:8 out drop eth.type=0x86dd
state:9 in accept eth.type=0x86dd ct.state={established,related}
state:10 in accept eth.type=0x86dd ip6.proto=6 l4.dport=22 ct.state=new
state:11 in drop eth.type=0x86dd
END
}
policy 1 >/run/policy1
policy 3 >/run/policy3
t_true "rules of tap1" ipt apply tap1 </run/policy1
t_true "rules of tap3" ipt apply tap3 </run/policy3

packets <<'END'
1>2 tcp 1.1000 2.80 S pass IPv4: the guest begins a connection
2>1 tcp 2.80 1.1000 SA pass the other answers
1>2 tcp 1.1000 2.80 A pass the guest goes on
2>1 tcp 2.80 1.1000 As pass so does the other
1>2 tcp 1.1001 2.23 S drop the guest begins one that it may not
2>1 tcp 2.3000 1.80 S drop another begins one that it may not
2>1 tcp 2.3001 1.22 S pass another begins one that it may
1>2 tcp 1.22 2.3001 SA pass the guest answers
2>1 tcp 2.3001 1.22 A pass the other goes on
2>1 tcp 2.80 1.1002 SA drop half-open scan: SYN and ACK to nothing
2>1 tcp 2.80 1.1003 A drop an ACK to nothing
2>1 tcp 2.80 1.1003 F drop a FIN to nothing
2>1 tcp 2.80 1.1003 R drop a RST to nothing
2>1 tcp 2.81 1.1000 As drop right but for the other's port
2>1 tcp 2.80 1.1001 As drop right but for the guest's port
1>2 udp 1.1000 2.53 pass the guest asks by UDP
2>1 udp 2.53 1.1000 pass the answer
2>1 udp 2.54 1.1000 drop no answer
1>2 ping 1 2 pass the guest pings
2>1 pong 2 1 pass the answer to it
2>1 ping 2 1 drop another pings: not related to anything
2>1 error 3 1 2 1 udp 1.1000 2.53 pass an error about a connection
2>1 error 3 1 2 1 udp 1.1009 2.53 drop an error about none
2>1 error 11 0 2 1 tcp 1.1000 2.80 A pass time exceeded for a connection
2>1 error 13 0 2 1 udp 1.1000 2.53 drop a type that is no error
3>2 tcp 1.1000 2.80 A drop another guest forges a packet of the connection
3>2 tcp 1.1000 2.80 R drop another guest tries to end it
1>2 tcp 1.1000 2.80 A pass it has not ended
3>2 error 3 1 1 2 tcp 2.80 1.1000 As drop another guest forges an error
3>1 tcp 2.80 1.1000 As drop another guest forges the other end
1>3 tcp 1.1004 3.22 S pass from guest to guest, as both allow
3>1 tcp 3.22 1.1004 SA pass the answer between guests
1>3 tcp 1.1005 3.80 S drop from guest to guest, as one does not allow
1>0 udp 1.1000 9.53 pass to the host
1>0 tcp 1.1006 9.23 S drop to the host, what it may not
3>0 udp 1.1000 9.53 drop to the host in another's name
1>2 tcp6 1.1000 2.80 S pass IPv6: the guest begins a connection
2>1 tcp6 2.80 1.1000 SA pass IPv6: the other answers
1>2 tcp6 1.1000 2.80 A pass IPv6: the guest goes on
2>1 tcp6 2.3000 1.80 S drop IPv6: another begins one that it may not
2>1 tcp6 2.3001 1.22 S pass IPv6: another begins one that it may
2>1 tcp6 2.80 1.1002 SA drop IPv6: half-open scan
2>1 tcp6 2.80 1.1003 A drop IPv6: an ACK to nothing
1>2 udp6 1.1000 2.53 pass IPv6: the guest asks by UDP
2>1 udp6 2.53 1.1000 pass IPv6: the answer
2>1 ping6 2 1 drop IPv6: another pings
2>1 error6 2 0 2 1 udp6 1.1000 2.53 pass IPv6: packet too big for a connection
2>1 error6 2 0 2 1 udp6 1.1009 2.53 drop IPv6: packet too big for none
3>2 tcp6 1.1000 2.80 A drop IPv6: another guest forges a packet
1>0 udp6 1.1000 9.53 pass IPv6: to the host
3>0 udp6 1.1000 9.53 drop IPv6: to the host in another's name
END

# The other variant of iptables has a say of its own, and so has ours.
iptables-nft -A FORWARD -p udp --dport 77 -j DROP
iptables-nft -A FORWARD -j ACCEPT
packets <<'END'
1>2 udp 1.1010 2.77 drop what iptables-nft drops
1>2 udp 1.1010 2.78 pass what it does not
2>1 udp 2.79 1.1010 drop what it accepts and we do not
END
t_is "counters name what decided" "pin:2 out drop
pin:4 out drop" "$(ipt counters tap3 | sed -n '/^pin:[24]/s/ [1-9].*//p')"
t_true "remove tap1" ipt remove tap1
t_true "remove tap3" ipt remove tap3
t_is "nothing is left" "" "$(tables | grep tapf)"
packets <<'END'
2>1 tcp 2.3000 1.80 S pass without rules, another begins a connection
3>2 tcp 1.1000 2.80 A pass without rules, forged packets pass
END
t_done
