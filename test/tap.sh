# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What can be seen of a tap, for up.sh and setuid.sh:
#
#   probe TAP MAC        what becomes of a frame from MAC: see tap_probe; the
#                        guest's own is $GUEST, the other port p1
#   chains TAP           2 if all chains of TAP are in the kernel, 0 if none is,
#                        else 1
#   port_of TAP          name of the bridge that TAP is in
#   flags TAP            up or down
#   with PLACES          see up.sh
#   place_can WHAT       is it possible with what carries the rules?
#                          bridgeless  a tap in no bridge is filtered
#                          learning    its port may learn
#                          device      rules are of a device, not of a name

probe() {
	"$TF_BUILD/test/netns/tap_probe" "$1" p1 "$GUEST" "$2"
}

with() {
	case ${TF_PLACES:-} in
	*"$1"*) return 0 ;;
	*) return 1 ;;
	esac
}

# What tapfilter-profile(5) says of places, in section PLACES
place_can() {
	case $1 in
	bridgeless) [ -z "${TF_PLACES:-}" ] ;;
	learning | device) ! with xtables ;;
	*) false ;;
	esac
}

# nft_chains FAMILY TAP: number of its base chains
nft_chains() {
	nft list tables "$1" | while read -r _ _ tap_table; do
		nft list table "$1" "$tap_table"
	done 2>/dev/null | grep -c "^	chain $2-\(in\|out\) "
}

ebt_chains() {
	tap_rules=$(ebtables-save | grep "^:tf-$1-\|^-A P.*-j tf-$1-")
	case $tap_rules in
	*"-A P"*) echo 2 ;;
	?*) echo 1 ;;
	*) echo 0 ;;
	esac
}

ipt_chains() {
	iptables-legacy -t mangle -S | grep -c "^-N tapf-[io]-$1\$"
}

chains() {
	case ${TF_PLACES:-} in
	xtables-state) set -- "$(ebt_chains "$1")" "$(ipt_chains "$1")" ;;
	xtables) set -- "$(ebt_chains "$1")" ;;
	ingress)
		set -- $(($(nft_chains netdev "$1") + $(nft_chains bridge "$1")))
		;;
	state) set -- "$(nft_chains netdev "$1")" "$(nft_chains bridge "$1")" ;;
	*) set -- "$(nft_chains netdev "$1")" ;;
	esac
	case $* in
	2 | "2 2") echo 2 ;;
	0 | "0 0") echo 0 ;;
	*) echo 1 ;;
	esac
}

port_of() {
	ip -o link show "$1" | sed -n 's/.* master \([^ ]*\) .*/\1/p'
}

flags() {
	case $(ip -o link show "$1") in
	*[,\<]UP[,\>]*) echo up ;;
	*) echo down ;;
	esac
}
