# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What can be seen of a tap, for up.sh and setuid.sh:
#
#   probe TAP MAC        what becomes of a frame from MAC: see tap_probe; the
#                        guest's own is $GUEST, the other port p1
#   chains TAP           2 if all chains of TAP are in the kernel, 0 if none is,
#                        else 1
#   rules                all rules that there are, without counters
#   no_empty_table       wait until all tables of ours have a chain: a child
#                        deletes those that have none
#   wipe                 remove them, as somebody else does
#   wipe_some 1|2        remove those of the first or the second of two places;
#                        fails where there is one
#   port_of TAP          name of the bridge that TAP is in
#   flags TAP            up or down

# shellcheck source=test/place.sh
. "$TF_TOP/test/place.sh"

probe() {
	"$TF_BUILD/test/netns/tap_probe" "$1" p1 "$GUEST" "$2"
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

# It does not matter in which order chains stand, and the ways to those of
# different taps, nor that there is a table with none.
rules() {
	nft -s list ruleset | awk '
		/^table/ { family = $2 }
		/^	[a-z]* .* {$/ { at = family " " $1 " " $2 }
		/^	/ { print at ($1 ~ /^[io]ifname/ ? $2 : "") "\t" $0 }' |
		sort -s -t "$(printf '\t')" -k 1,1
	! with xtables-state || for tap_i in iptables ip6tables; do
		$tap_i-legacy -t mangle -S | awk '
			{ key = $2 }
			$2 ~ /^tapfilter-/ { for (i = 3; i < NF; i++)
				if ($i ~ /^(-[io]|--physdev-(in|out))$/)
					key = key " " $(i + 1) }
			{ print key "\t" $0 }' |
			sort -s -t "$(printf '\t')" -k 1,1
	done
}

no_empty_table() {
	tap_n=0
	while nft list tables | sed -n 's/^table \(.* tapfilter-.*\)/\1/p' |
		while read -r tap_family tap_table; do
			nft list table "$tap_family" "$tap_table" |
				grep -q "	chain " || echo
		done | grep -q ''; do
		tap_n=$((tap_n + 1))
		[ "$tap_n" -lt 100 ] || return 1
		sleep 0.02
	done 2>/dev/null
}

wipe() {
	nft flush ruleset
	! with xtables-state || for tap_i in iptables ip6tables; do
		$tap_i-legacy -t mangle -F
		$tap_i-legacy -t mangle -X
	done
}

wipe_some() {
	case $1,${TF_PLACES:-} in
	2,xtables-state)
		for tap_i in iptables ip6tables; do
			$tap_i-legacy -t mangle -F
		done
		return
		;;
	1,xtables-state) tap_some="^bridge" ;;
	1,state | 1,ingress) tap_some="^netdev tapfilter" ;;
	2,state | 2,ingress) tap_some="^[ib].* tapfilter" ;;
	*) return 1 ;;
	esac
	nft list tables | sed "s/^table //; /$tap_some/!d; s/^/delete table /" |
		nft -f -
}

# nft_table TAP [FAMILY CHAIN]: with a chain of it; the outgoing one of netdev
nft_table() {
	nft list chains "${2:-netdev}" | awk -v chain="$1-${3:-out}" \
		'/^table/ { t = $3 } $1 == "chain" && $2 == chain { print t }'
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
