# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the iptables place, after lib.sh, in a namespace of their own:
#
#   ipt_bridge N           bridge br0 that hands packets to iptables, with the
#                          taps tap1 to tapN and nobody else on it
#   ipt_pair               the same with tap0 and tap1, for any frame between
#                          them; the host sends none
#   ipt ARG...             the backend, with rules from standard input
#   packets                send packets, see netns/conn_wire.c, and compare
#   tables                 both tables, without counters
#   load SET VARIANT       add a set of netns/foreign, by iptables-nft (nft),
#                          iptables-legacy (legacy) or nft (nftables)
#   foreign                all rules that are not ours, without counters
#
# and for those that call the programs, with T_TMP:
#
#   ipt_conf BACKEND [LINE...]
#                          the configuration; helper ARG..., tf ARG... have it
#   ipt_profile NAME       with entries from standard input
#   ipt_entry ACTION DIRECTION [STATES [PROTOCOL PORT [VERSION]]]
#   ipt_entries [VERSION]  a guest that begins connections, and is asked at
#                          port 22
#   ipt_domain N BRIDGE PROFILE...
#                          guest N on tapN
#   unlock                 a locked port drops forged frames itself: only rules
#                          are asked

TEST_BIN=$TF_BUILD/test/netns

ipt_bridge() {
	# the lock of all programs of iptables is in /run
	mount -t tmpfs -o mode=0755 run /run
	sysctl -qw net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.accept_ra=0 \
		net.ipv6.conf.default.router_solicitations=0
	if ! ip link add br0 type bridge mcast_snooping 0 nf_call_iptables 1 \
		nf_call_ip6tables 1 2>/dev/null ||
		! iptables-legacy -t mangle -S >/dev/null 2>&1; then
		t_skip "$(basename "$0")" \
			"the kernel has no br_netfilter, or no legacy x_tables"
		t_done
	fi
	for ipt_i in $(seq "$1"); do
		ip tuntap add "tap$ipt_i" mode tap
		sysctl -qw "net.ipv6.conf.tap$ipt_i.disable_ipv6=1"
		ip link set "tap$ipt_i" master br0 up
		bridge link set dev "tap$ipt_i" learning off
		bridge fdb add "52:54:00:00:00:0$ipt_i" dev "tap$ipt_i" \
			master static
	done
	ip link set br0 address 52:54:00:00:00:09 up
}

ipt_pair() {
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1 \
		net.ipv6.conf.default.disable_ipv6=1
	ipt_bridge 0
	for ipt_i in tap0 tap1; do
		ip tuntap add "$ipt_i" mode tap
		ip link set "$ipt_i" master br0 up
		bridge link set dev "$ipt_i" learning off
	done
}

ipt() {
	"$TEST_BIN/ipt_driver" "$@"
}

packets() {
	while read -r ipt_want ipt_got ipt_name; do
		t_is "$ipt_name" "$ipt_want" "$ipt_got"
	done <<END
$("$TEST_BIN/conn_wire")
END
}

tables() {
	for ipt_i in iptables ip6tables; do
		"$ipt_i-legacy-save" -t mangle | sed '/^#/d;s/ \[.*//'
	done
}

SETS=$TF_TOP/test/netns/foreign

load() {
	if [ "$2" = nftables ]; then
		nft -f "$SETS/$1.nft"
		return
	fi
	for load_i in iptables ip6tables; do
		"$load_i-$2-restore" --noflush <"$SETS/$1.$load_i"
	done
	[ ! -f "$SETS/$1.ebtables" ] ||
		ebtables-restore --noflush <"$SETS/$1.ebtables"
}

foreign() {
	for foreign_i in iptables ip6tables; do
		for foreign_t in raw mangle nat filter; do
			"$foreign_i-legacy-save" -t $foreign_t
		done
		# it warns of the other variant
		"$foreign_i-nft-save" 2>/dev/null
	done | sed '/^#/d; /tapf/d; s/\[[0-9:]*\]//'
	ebtables-save | sed '/tf-tap/d; / -[io] tap[13] /d' | awk '/^\*/ { table = $0 }
		/^:[A-Z]* ACCEPT$/ || /^[*#]/ { next } { print table, $0 }'
	# ebtables and iptables-nft are there already
	nft list ruleset 2>/dev/null | sed 's/ packets [0-9]* bytes [0-9]*//' |
		awk '/^table/ { show = /inet/ } show'
}

ipt_conf() {
	mkdir -p "$T_TMP/profiles" "$T_TMP/domains"
	{
		echo "[tapfilter]
template-path = $T_TMP/profiles:$TF_TOP/templates
domain-dir = $T_TMP/domains
state-dir = $T_TMP/state
backend = $1"
		shift
		printf '%s\n' "$@"
	} >"$T_TMP/conf"
}

helper() {
	"$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" "$@"
}

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

ipt_entry() {
	echo "<FilterEntry><Action>$1</Action><TrafficType>$2</TrafficType>
		<IPHeadersFilter><HdrIPVersion>${6:-4}</HdrIPVersion>"
	[ -z "${4:-}" ] || echo "<HdrProtocolID>$4</HdrProtocolID>
		<HdrDestPortStart>$5</HdrDestPortStart>"
	echo "</IPHeadersFilter>"
	[ -z "${3:-}" ] || echo "<tf:State>$3</tf:State>"
	echo "</FilterEntry>"
}

ipt_entries() {
	ipt_entry ACCEPT outgoing "new established related" '' '' "${1:-4}"
	ipt_entry DROP outgoing '' '' '' "${1:-4}"
	ipt_entry ACCEPT incoming "established related" '' '' "${1:-4}"
	ipt_entry ACCEPT incoming new tcp 22 "${1:-4}"
	ipt_entry DROP incoming '' '' '' "${1:-4}"
}

ipt_profile() {
	{
		echo "<FilterPool name='$1' xmlns:tf='urn:tapfilter:1'>"
		cat
		echo "</FilterPool>"
	} >"$T_TMP/profiles/$1.xml"
}

ipt_domain() {
	ipt_n=$1
	{
		echo "<domain><name>guest$1</name><devices>
			<interface type='bridge'>
			<mac address='52:54:00:00:00:0$1'/>
			<source bridge='$2'/><target dev='tap$1'/>"
		shift 2
		[ $# -eq 0 ] || echo "<firewall>"
		for ipt_i; do
			echo "<reference profile='$ipt_i'"
			case $ipt_i in
			no-ip-spoofing) echo "ip_address='10.0.0.$ipt_n'" ;;
			no-ipv6-spoofing) echo "ipv6_address='fd00::$ipt_n'" ;;
			esac
			echo "/>"
		done
		[ $# -eq 0 ] || echo "</firewall>"
		echo "</interface></devices></domain>"
	} >"$T_TMP/domains/guest$ipt_n.xml"
}

unlock() {
	for ipt_i in $(ip -o link show type tun | sed 's/^[0-9]*: //;s/:.*//'); do
		bridge link set dev "$ipt_i" locked off 2>/dev/null
	done
}
