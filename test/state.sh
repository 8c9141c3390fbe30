# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of profiles that ask for the state of connections, after up.sh, in a
# namespace of their own, with what that has:
#
#   state_setup           br0 of up_setup, which shows nothing to the hooks of IP;
#                         tap0 and tap1 with the profile "state" of policy() and
#                         those that pin their addresses: 10.0.0.1 and fd00::1,
#                         10.0.0.2 and fd00::2
#   marks                 the place is the one by marks; else the kernel tracks
#                         connections at the bridge itself.  T_PLACE is its name,
#                         T_TABLE that of its tables, T_CHAINS all FAMILY:CHAIN
#   show 1|0              have br0 show its packets, or not
#   traffic NAME <LINES   frames, and the answer that is expected of each; two
#                         answers "no/yes" for marks and for tracking

state_setup() {
	t_need python3 sysctl
	up_setup
	if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then
		for key in iptables ip6tables arptables; do
			sysctl -qw "net.bridge.bridge-nf-call-$key=0"
		done
	fi
	sysctl -qw net.ipv6.conf.all.disable_ipv6=1
	sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	ip link set br0 address 02:00:00:00:00:99
	ip tuntap add tap1 mode tap
	for name in mac ip ipv6; do
		cp "$TF_TOP/templates/no-$name-spoofing.xml" "$T_TMP/profiles"
	done
	rm "$T_TMP"/domains/*
	domain tap0 "$GUEST" 1
	domain tap1 "$OTHER" 2
	policy >"$T_TMP/profiles/state.xml"
	state_place
}

state_place() {
	T_PLACE="nft bridge with connection tracking"
	T_TABLE=tapfilter-track
	T_CHAINS="bridge:ask-outgoing bridge:outgoing bridge:sent bridge:host
		bridge:ask-incoming bridge:incoming bridge:taken"
	tapfilter compile tap0 2>/dev/null | grep -qF "($T_PLACE)" && return
	T_PLACE="nft bridge with marks"
	T_TABLE=tapfilter-state
	T_CHAINS="bridge:early bridge:outgoing bridge:incoming bridge:host
		ip:bridged ip:sent ip:routed ip:left
		ip6:bridged ip6:sent ip6:routed ip6:left"
	[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || {
		t_skip "br_netfilter" "is not there"
		t_done
	}
}

marks() {
	[ "$T_TABLE" = tapfilter-state ]
}

show() {
	ip link set br0 type bridge nf_call_iptables "$1" nf_call_ip6tables "$1"
}

# entry ACTION DIRECTION VERSION STATES [PROTOCOL [DPORT]]
entry() {
	cat <<-END
		<FilterEntry><Action>$1</Action><TrafficType>$2</TrafficType>
		<IPHeadersFilter><HdrIPVersion>$3</HdrIPVersion>
		${5:+<HdrProtocolID>$5</HdrProtocolID>}
		${6:+<HdrDestPortStart>$6</HdrDestPortStart>}
		</IPHeadersFilter>${4:+<tf:State>$4</tf:State>}</FilterEntry>
	END
}
# policy [STATES]: opens connections to port 80, answers on port 22
policy() {
	echo "<FilterPool name='state' xmlns:tf='urn:tapfilter:1'>"
	for v in 4 6; do
		icmp=icmp
		[ "$v" = 4 ] || icmp=icmpv6
		entry ACCEPT outgoing $v "${1:-established related}"
		entry ACCEPT incoming $v "${1:-established related}"
		for p in tcp udp; do
			entry ACCEPT outgoing $v new $p 80
			entry ACCEPT incoming $v new $p 22
		done
		entry ACCEPT outgoing $v new $icmp
		[ "$v" = 4 ] || for d in outgoing incoming; do
			echo "<FilterEntry><Action>ACCEPT</Action>
				<TrafficType>$d</TrafficType><tf:ICMPv6Filter>
				<tf:Type>136</tf:Type></tf:ICMPv6Filter>
				</FilterEntry>"
		done
		entry DROP outgoing $v
		entry DROP incoming $v
	done
	echo "</FilterPool>"
}
# stateless: the same ports, but no states
stateless() {
	echo "<FilterPool name='state'>"
	for v in 4 6; do
		for p in tcp udp; do
			entry ACCEPT outgoing $v "" $p 80
			entry ACCEPT incoming $v "" $p 22
		done
		entry DROP outgoing $v
		entry DROP incoming $v
	done
	echo "</FilterPool>"
}
# domain TAP MAC NUMBER
domain() {
	cat >"$T_TMP/domains/$1.xml" <<-END
		<domain><name>of-$1</name>
		<uuid>00112233-4455-6677-8899-aabbccddee0$3</uuid>
		<devices><interface type='bridge'><mac address='$2'/>
		<source bridge='br0'/><target dev='$1'/><firewall>
		<reference profile='no-mac-spoofing'/>
		<reference profile='no-ip-spoofing' ip_address='10.0.0.$3'/>
		<reference profile='no-ipv6-spoofing' ipv6_address='fd00::$3'/>
		<reference profile='state'/>
		</firewall></interface></devices></domain>
	END
}
tapfilter() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}
# nothing: nothing of ours is in the kernel
nothing() {
	left=0
	while nft list tables | grep -q tapfilter; do
		left=$((left + 1))
		[ "$left" -lt 500 ] || return 1
	done
}
# said COMMAND...: what it says on stderr, in one line
said() {
	"$@" 2>&1 >/dev/null | tr '\n' ' '
}
# has TEXT PATTERN
has() {
	case $1 in
	*$2*) return 0 ;;
	esac
	echo "# $1"
	return 1
}
traffic() {
	if marks; then
		sed 's/ *#.*//; /^$/d; s,/[a-z]*$,,'
	else
		sed 's/ *#.*//; /^$/d; s,[a-z]*/\([a-z]*\)$,\1,'
	fi >"$T_TMP/want"
	sed 's/ [^ ]*$//' "$T_TMP/want" |
		python3 "$TF_TOP/test/netns/state_traffic.py" \
			>"$T_TMP/got" 2>"$T_TMP/err" || cat "$T_TMP/err"
	if diff "$T_TMP/want" "$T_TMP/got" >"$T_TMP/diff"; then
		t_ok "$1"
	else
		sed 's/^/# /' "$T_TMP/diff"
		t_fail "$1" "other frames arrive"
	fi
}
