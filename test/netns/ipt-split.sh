#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Profiles that ebtables and ip6tables carry together: up, reload, verify and
# down by the helper; what the host and a bridge's settings make of them; and
# fragments, whether connection tracking puts them together or not.
#
# TF_RANDOM_SEED and TF_RANDOM_BINDINGS choose other random rules, and more.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ipt.sh"
t_ns "$@"
t_need unshare ip bridge iptables-legacy ip6tables-legacy ebtables
t_need_root
t_tmp

seed=${TF_RANDOM_SEED:-1}
t_true "random rules and frames, seed $seed" unshare -n -m sh -c '
	. "$0/test/lib.sh" && . "$0/test/ipt.sh"
	ipt_pair
	exec "$TEST_BIN/split_random" "$1" "$2" 300' "$TF_TOP" "$seed" \
	"${TF_RANDOM_BINDINGS:-150}"

ipt_bridge 3
ipt_conf xtables
ipt_domain 1 br0 no-mac-spoofing no-ipv6-spoofing no-dhcp-server
# what only is about frames from the guest leaves the host its address
ip addr add fd00::9/64 dev br0 nodad
t_true "up" helper up tap1
ip neigh add fd00::1 lladdr 52:54:00:00:00:01 dev br0
t_true "verify" tf verify tap1
t_is "what each place has" "ebtables:
no-mac-spoofing
no-ipv6-spoofing
no-dhcp-server
no-dhcp-server (readable IPv4 packets only)
no-ipv6-spoofing (no later fragments of IPv6)
no-dhcp-server (no later fragments of IPv6)
iptables:
no-ipv6-spoofing (readable IPv6 packets only)
no-ipv6-spoofing (IPv6)
no-dhcp-server (IPv6)" "$(for i in ebtables iptables; do
	echo "$i:"
	tf compile tap1 2>/dev/null | sed -n "s/^# profile \([^ ]*\) ($i)/\1/p" |
		sed 's/ ipv6_address=[^(]*([^)]*)//'
done)"

own() {
	packets <<'END'
1>2 udp6 1.1000 2.53 pass the guest as itself
1>2 udp6 3.1000 2.53 drop as another
1>2 udp6 1.546 2.547 pass as a client of DHCP
1>2 udp6 1.547 2.546 drop as a server
1>2 udp 1.1000 2.53 pass IPv4 as somebody
1>2 udp 1.67 2.68 drop IPv4 as a server
1>2 vlan 5 udp6 1.1000 2.53 drop what is wrapped
1>0 udp6 1.1000 9.53 pass to the host as itself
1>0 udp6 3.1000 9.53 drop to the host as another
2>1 udp6 2.547 1.546 pass what goes to the guest is no matter of it
0>1 udp6 9.547 1.546 pass from the host neither
END
}
unlock
own
t_true "reload" helper reload tap1
unlock
own

# A later fragment could only be judged with the first one.
packets <<'END'
1>2 first tcp6 1.1000 2.80 A pass the first fragment is judged
1>2 first error6 1 0 3 2 udp6 2.53 3.1000 drop ... and by its address
1>2 later tcp6 1.1000 2.80 A drop no later fragment
3>2 later tcp6 3.1000 2.80 A pass of a guest without filter it passes
END
ip6tables-legacy -t mangle -A FORWARD -m conntrack --ctstate INVALID
packets <<'END'
1>2 first error6 1 0 1 2 udp6 2.53 1.1000 drop connection tracking waits for more
1>2 later error6 1 0 1 2 udp6 2.53 1.1000 drop ... in vain
3>2 first error6 1 0 3 2 udp6 2.53 3.1000 drop of a guest without filter it waits, too
3>2 later error6 1 0 3 2 udp6 2.53 3.1000 pass ... and both pass
END
ip6tables-legacy -t mangle -F FORWARD 2>/dev/null
t_is "a rule of iptables that is gone: verify" 4 \
	"$(tf verify tap1 >/dev/null 2>&1; echo $?)"
t_true "... up" helper up tap1
t_true "... verify" tf verify tap1
unlock

# ---- a bridge that does not hand packets over
sysctl -qw net.bridge.bridge-nf-call-ip6tables=0
ip link set br0 type bridge nf_call_ip6tables 0
packets <<'END'
1>2 udp6 1.1000 2.53 drop handed over no longer: the guest is closed
1>0 udp6 1.1000 9.53 drop to the host, too
2>1 udp6 2.53 1.1000 pass but not what goes to it
1>2 udp 1.1000 2.53 pass nor IPv4
END
ip link set br0 type bridge nf_call_ip6tables 1

# ---- both directions
ipt_domain 1 br0 no-multicast
helper reload tap1 2>"$T_TMP/err"
t_true "an address of the host, and rules of what goes to the guest: refused" \
	grep -q 'the host has an IPv6 address on the bridge br0' "$T_TMP/err"
unlock
packets <<'END'
1>2 udp6 3.1000 2.53 drop the old rules are still there
END
ip addr flush dev br0
t_true "without it, reload" helper reload tap1
unlock
packets <<'END'
1>2 udp6 3.1000 2.53 pass the new ones are of another matter
END
t_true "down" helper down tap1
t_is "nothing is left" "" "$(tables | grep tapf
	ebtables-save | grep 'tf-\|tap[0-9]')"
t_done
