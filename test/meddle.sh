# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What somebody else does to the rules of a tap, for up.sh:
#
#   carriers             what carries rules of a tap here, the first of them those
#                        of own-mac: netdev, bridge, ebtables or iptables
#   meddle WHAT TAP [CARRIER]
#                        with a chain of it, that of the first unless told:
#                          delete   the last rule that drops for its profile
#                          change   that rule drops something else
#                          between  something lets all pass before that rule
#                          accept   the same at the begin
#                          behind   a rule at the end
#                          flush    no rules
#                          way      what leads there is gone
#   strip TAP            flush all that carry rules for it

carriers() {
	case ${TF_PLACES:-} in
	xtables) echo ebtables ;;
	xtables-state) echo ebtables iptables ;;
	state | ingress) echo netdev bridge ;;
	*) echo netdev ;;
	esac
}

meddle() {
	m_what=$1
	m_tap=$2
	case ${3:-$(carriers | cut -d' ' -f1)} in
	ebtables) meddle_ebtables "tf-$m_tap-o0" ;;
	iptables) meddle_iptables "tapf-i1-$m_tap" ;;
	bridge)
		with state && m_chain=in-0 || m_chain=in
		meddle_nft bridge "$m_chain"
		;;
	*) meddle_nft netdev out own-mac ;;
	esac
}

# meddle_nft FAMILY CHAIN [PROFILE]
meddle_nft() {
	m_drop=" drop comment \"${3:-}"
	set -- "$1" "$(nft_table "$m_tap" "$1" "$2")" "$m_tap-$2"
	m_rule=$(nft -a list chain "$@" | grep "$m_drop" | tail -n 1)
	m_number=${m_rule##* }
	case $m_what,$1 in
	delete,*) nft delete rule "$@" handle "$m_number" ;;
	change,*)
		m_rule=${m_rule#*comment \"}
		nft replace rule "$@" handle "$m_number" \
			ether saddr 02:00:00:00:00:07 drop \
			comment "\"${m_rule%%\"*}\""
		;;
	between,*) nft insert rule "$@" handle "$m_number" accept ;;
	accept,*) nft insert rule "$@" accept ;;
	behind,*) nft add rule "$@" counter comment '"mine"' ;;
	flush,*) nft flush chain "$@" ;;
	way,bridge)
		nft delete element bridge "$2" in \
			"{ $m_tap : goto $m_tap-in }"
		;;
	way,*)
		nft flush chain "$@"
		nft delete chain "$@"
		;;
	esac
}

# last_drop CHAIN: its number, when -A commands are on standard input
last_drop() {
	grep -e "^-A $1 " | grep -n 'DROP$' | tail -n 1 | cut -d: -f1
}

# meddle_ebtables CHAIN
meddle_ebtables() {
	m_number=$(ebtables-save | last_drop "$1")
	case $m_what in
	delete) set -- -D "$1" "$m_number" ;;
	change)
		ebtables -t nat -D "$1" "$m_number"
		set -- -I "$1" "$m_number" -s 02:00:00:00:00:07 -j DROP
		;;
	between) set -- -I "$1" "$m_number" -j ACCEPT ;;
	accept) set -- -I "$1" -j ACCEPT ;;
	behind) set -- -A "$1" -j CONTINUE ;;
	flush) set -- -F "$1" ;;
	way) set -- -D PREROUTING -i "$m_tap" -j "tf-$m_tap-o" ;;
	esac
	ebtables -t nat "$@"
}

# meddle_iptables CHAIN
meddle_iptables() {
	m_number=$(iptables-legacy -t mangle -S "$1" | last_drop "$1")
	case $m_what in
	delete) set -- -D "$1" "$m_number" ;;
	change)
		set -- -R "$1" "$m_number" -d 192.0.2.7 \
			-m comment --comment state:3 -j DROP
		;;
	between) set -- -I "$1" "$m_number" -j ACCEPT ;;
	accept) set -- -I "$1" -j ACCEPT ;;
	behind) set -- -A "$1" -m comment --comment mine ;;
	flush) set -- -F "$1" ;;
	way) set -- -D FORWARD -j tapfilter-in ;;
	esac
	iptables-legacy -t mangle "$@"
}

strip() {
	for m_family in netdev bridge; do
		nft list chains $m_family | awk -v tap="$1-" '
			/^table/ { t = $3 }
			$1 == "chain" && index($2, tap) == 1 { print t, $2 }' |
			while read -r m_table m_chain; do
				nft flush chain $m_family "$m_table" "$m_chain"
			done
	done
	! with xtables || for m_chain in $(ebtables-save |
		sed -n "s/^:\(tf-$1-[^ ]*\) .*/\1/p"); do
		ebtables -t nat -F "$m_chain"
	done
	! with xtables-state || for m_chain in $(iptables-legacy -t mangle -S |
		sed -n "s/^-N \(tapf-[^ ]*-$1\)\$/\1/p"); do
		iptables-legacy -t mangle -F "$m_chain"
	done
}
