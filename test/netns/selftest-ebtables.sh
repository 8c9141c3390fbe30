#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter selftest with backend = xtables: the profiles that ebtables carries,
# by itself or together with ip6tables, do what they do elsewhere; the others are
# an error that says why.
set -u
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/ebt.sh"
t_need_root
t_need unshare ip ip6tables-legacy
t_need_tun
t_ns "$@"
ebt_use
t_tmp
cat >"$T_TMP/conf" <<EOF
[tapfilter]
template-path = $TF_TOP/test/netns:$TF_TOP/templates
domain-dir = $T_TMP/domains
state-dir = $T_TMP/state
backend = xtables
EOF

selftest() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" selftest "$@"
}

carried() {
	if selftest --mutations="${TF_VARIATIONS:-150}" "$1" \
		>"$T_TMP/out" 2>&1 && [ "$(grep -c "^$1 .* 0 wrong$" "$T_TMP/out")" = 2 ]; then
		t_ok "$1"
	else
		t_fail "$1" "$(grep 'WRONG\|variation of\|frames:\|tapfilter' \
			"$T_TMP/out")"
	fi
}

for i in clean-traffic ethernet-only ipv4-only ipv6-only generic-layer2 \
	no-mac-spoofing no-arp-spoofing no-ip-spoofing no-broadcast \
	ebtables-fields; do
	carried "$i"
done
if [ -e /proc/sys/net/bridge/bridge-nf-call-ip6tables ]; then
	for i in no-multicast no-dhcp-server no-router-advertisement \
		no-ipv6-spoofing clean-traffic-ipv6 clean-traffic-dual-stack; do
		carried "$i"
	done
else
	t_skip "profiles of IPv6" "the kernel has no br_netfilter"
fi

# refused PROFILE FIELD
refused() {
	selftest "$1" >"$T_TMP/out" 2>&1
	t_is "$1: status" 1 $?
	t_true "$1: says why" grep -q \
		"^/.*/$1.xml:[0-9]*: profile '$1' has no place with backend = xtables: ebtables cannot carry $2.*; iptables cannot carry " \
		"$T_TMP/out"
}

refused VM-specific-layer3 ip.frag
t_done
