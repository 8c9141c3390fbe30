#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A user who is not root starts QEMU, and the helper is installed setuid root:
# by script= on a tap of the user's, and by helper=.  The guest is played as in
# qemu-script.sh.
set -u

[ -n "${TF_NS:-}" ] || TF_NS=1 exec unshare -n -m -p --fork --kill-child "$0" "$@"

# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/setuid.sh
. "$TF_TOP/test/setuid.sh"
# shellcheck source=test/qemu.sh
. "$TF_TOP/test/qemu.sh"

t_need qemu-system-x86_64
QEMU=
FLOOD=
su_setup
# They must be gone before their directory goes.
trap 'stop_qemu KILL; stop_flood; umount -R -l "$T_TMP"; rm -rf "$T_TMP"' EXIT

FRAMES=$TF_BUILD/test/e2e/qemu-frames
HOOKS=/usr/libexec/tapfilter
HOME_DIR=$T_TMP/alice
G=525400000001
PEER=525400000099

# UDP from 10.0.0.1, from 10.0.0.9 (not the guest's), and to 10.0.0.1; the marks
# differ by their port
UDP=4500001c00010000401166ce0a0000010a0000020fa0138900080000
OWN=4500001c00010000401166ce0a0000010a0000020fa0138b00080000
STOLEN=4500001c00010000401166c60a0000090a0000020fa0138900080000
REPLY=4500001c00010000401166ce0a0000020a0000010fa0138900080000
MARK=4500001c00010000401166ce0a0000020a0000010fa0138a00080000
ARP=08060001080006040001
ARP_WHO=0000000000000a000002

forged() {
	cat <<-END
	drop out $PEER${PEER}0800$UDP another's MAC
	drop out $PEER${G}0800$STOLEN another's IPv4 address
	drop out ffffffffffff${G}$ARP${G}0a000009$ARP_WHO ARP for another's address
	drop out ffffffffffff${G}$ARP${PEER}0a000001$ARP_WHO ARP with another's MAC inside
	drop out $PEER${G}810000050800$UDP a tagged frame
	drop out $PEER${G}86dd6000000000003bfffe80000000000000000000000000000100000000000000000000000000000001 IPv6
	drop in ${G}${PEER}86dd6000000000003bfffe80000000000000000000000000000200000000000000000000000000000001 IPv6 to the guest
	END
}

cases() {
	cat <<-END
	mark out $PEER${G}0800$UDP the guest's own UDP
	mark in $G${PEER}0800$MARK UDP to the guest
	pass out ffffffffffff${G}$ARP${G}0a000001$ARP_WHO ARP for the guest's own address
	pass in $G${PEER}0800$REPLY another UDP to the guest
	END
	forged
}

# domain FILE TAP [BRIDGE [PORT]]: named after its file; no TAP: the helper
# names it
domain() {
	{
		printf '<domain><name>%s</name><devices>' "$1"
		printf "<interface type='bridge'><mac address='%s'/>" "$GUEST"
		printf "<source bridge='%s'/>%s" "${3:-br0}" "${4:-}"
		[ -z "$2" ] || printf "<target dev='%s'/>" "$2"
		printf "<firewall><reference profile='%s' ip_address='10.0.0.1'/>" \
			"${PROFILE:-clean-traffic}"
		printf '</firewall></interface></devices></domain>\n'
	} >"/etc/tapfilter/domains/$1.xml"
	chmod 644 "/etc/tapfilter/domains/$1.xml"
	root reload # the index of domains is root's to make
}

# Root's helper.  With no tap up there is nothing to reload, and no failure.
root() {
	"$HELPER" "$@" >"$T_TMP/root.out" 2>&1
}

# poll COMMAND...: until it succeeds, for 10 s at most
poll() {
	poll_n=0
	until "$@" 2>/dev/null; do
		poll_n=$((poll_n + 1))
		[ "$poll_n" -lt 200 ] || return 1
		sleep 0.05
	done
}

# start_qemu NETDEV [OPTION...]: as alice, until its monitor answers: then the
# hook or the helper has run.  Descriptor 9 is the other end of the monitor.
start_qemu() {
	netdev=$1
	shift
	rm -f "$HOME_DIR/qemu.sock" "$HOME_DIR/status"
	: >"$T_TMP/qemu.log"
	setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
		--inh-caps=-all qemu-system-x86_64 -accel tcg -machine none \
		-nodefaults -no-user-config -display none -monitor stdio \
		-netdev "$netdev" \
		-netdev hubport,id=h,hubid=0,netdev=t \
		-netdev "dgram,id=s,local.type=unix,local.path=$HOME_DIR/qemu.sock,remote.type=unix,remote.path=$HOME_DIR/test.sock" \
		-netdev hubport,id=g,hubid=0,netdev=s "$@" \
		<"$T_TMP/monitor" >"$T_TMP/qemu.log" 2>&1 9>&- &
	# shellcheck disable=SC2034 # of qemu.sh
	QEMU=$!
	qemu_ready 400
}

by_script() {
	echo "tap,id=t,ifname=$1,script=$HOOKS/qemu-ifup,downscript=$HOOKS/qemu-ifdown"
}

# by_helper DOMAIN [BRIDGE]
by_helper() {
	echo "bridge,id=t,br=${2:-br0},helper=$HELPER bridge --domain=$1"
}

# starts NAME NETDEV [OPTION...]
starts() {
	starts_name=$1
	shift
	if start_qemu "$@"; then
		t_ok "$starts_name: QEMU starts"
		return
	fi
	t_fail "$starts_name: QEMU starts" "$(cat "$T_TMP/qemu.log")"
	stop_qemu KILL
	return 1
}

# All that a refused call could have changed.  Timers go on by themselves, and
# whoever opens a tap, as QEMU does, gives it a carrier and a virtio-net header.
snapshot() {
	nft -s list ruleset
	{
		ip -d link
		bridge -d link
	} | sed 's/ [a-z_]*timer *[0-9.]*//g; s/ vnet_hdr [^ ]*//; s/NO-CARRIER,//
		s/ state [a-zA-Z]*//; s/ qdisc [^ ]*//'
	bridge fdb
}

# refused NAME NETDEV [OPTION...]: QEMU does not start, nothing is changed; its
# output is in $out
refused() {
	refused_name=$1
	shift
	snapshot >"$T_TMP/before"
	if start_qemu "$@"; then
		t_fail "$refused_name: QEMU does not start" "it runs"
	else
		t_ok "$refused_name: QEMU does not start"
	fi
	stop_qemu KILL
	# shellcheck disable=SC2154 # of qemu.sh
	t_is "$refused_name: QEMU's exit status" 1 "$stop_rc"
	out=$(cat "$T_TMP/qemu.log")
	t_true "$refused_name: nothing is changed" poll unchanged
	# The next monitor must not find this one's command.
	exec 9>&-
	exec 9<>"$T_TMP/monitor"
}

unchanged() {
	snapshot | diff "$T_TMP/before" -
}

# says NAME PATTERN [TEXT]
says() {
	# shellcheck disable=SC2254 # a pattern it is
	case ${3-$out} in
	$2) t_ok "$1" ;;
	*) t_fail "$1" "${3-$out}" ;;
	esac
}

# by_hand NAME STATUS ARG...: alice calls the helper herself, nothing changes
by_hand() {
	hand_name=$1 hand_rc=$2
	shift 2
	snapshot >"$T_TMP/before"
	alice "$@"
	# shellcheck disable=SC2154 # alice sets it
	t_is "$hand_name, by hand: exit status" "$hand_rc" "$rc"
	t_true "$hand_name, by hand: nothing is changed" unchanged
}

# frames NAME: each line of the frame program becomes a result
frames() {
	rm -f "$HOME_DIR/test.sock"
	# QEMU must be able to send there.
	cases | (umask 0 && timeout 60 "$FRAMES" "$HOME_DIR/qemu.sock" \
		"$HOME_DIR/test.sock" p1 >"$T_TMP/cases" 2>&1)
	while read -r result case_name; do
		case $result in
		pass) t_ok "$1: $case_name" ;;
		*) t_fail "$1: $case_name" "$result" ;;
		esac
	done <"$T_TMP/cases"
	t_is "$1: every case was tried" "$(cases | grep -vc ^mark)" \
		"$(grep -c . "$T_TMP/cases")"
}

# Forged frames without a pause, from a guest that does not wait for anything
start_flood() {
	{
		echo "mark out $PEER${G}0800$OWN own"
		forged
	} >"$T_TMP/flood"
	"$FRAMES" --flood "$HOME_DIR/qemu.sock" p1 <"$T_TMP/flood" \
		>"$T_TMP/flood.out" 9>&- &
	FLOOD=$!
}

stop_flood() {
	[ -n "$FLOOD" ] || return 0
	kill -TERM $FLOOD
	wait $FLOOD
	FLOOD=
}

no_tap() {
	! ip link show "$1" >/dev/null
}

record() {
	find /run/tapfilter -name "$1" ! -path '*/.uid.*'
}

claim() {
	find /run/tapfilter -path "*/.uid.$ALICE/$1"
}

bridge_mac() {
	ip -o link show br0 | sed 's,.*link/ether \([^ ]*\) .*,\1,'
}

link_of() {
	ip -d -o link show "$1" | grep -o " $2 [^ ]*" | xargs
}

# closed NAME TAP
closed() {
	t_is "$1: the tap is down" down "$(flags "$2")"
	t_is "$1: and in no bridge" "" "$(port_of "$2")"
	t_is "$1: no rules are left" 0 "$(chains "$2")"
	t_is "$1: no record is left" "" "$(record "$2")$(claim "$2")"
	t_is "$1: the bridge keeps its MAC" "$MAC" "$(bridge_mac)"
}

# ---- script= -------------------------------------------------------------

test_script() {
	su_tap al-0
	starts "script" "$(by_script al-0)" || return
	t_is "script: the tap is in the bridge" "br0 up" \
		"$(port_of al-0) $(flags al-0)"
	t_is "script: the record is alice's" 1 "$(claim al-0 | wc -l)"
	frames "script"
	stop_qemu quit
	t_is "quit: QEMU ends well" 0 $?
	closed "quit" al-0

	starts "SIGTERM" "$(by_script al-0)"
	stop_qemu TERM
	closed "SIGTERM" al-0

	# The tap outlives QEMU, and so does what filters it.
	starts "SIGKILL" "$(by_script al-0)"
	nft -s list ruleset >"$T_TMP/before"
	stop_qemu KILL
	t_is "SIGKILL: the rules stay with the tap" "$(cat "$T_TMP/before")" \
		"$(nft -s list ruleset)"
	t_is "SIGKILL: which stays" "br0 up" "$(port_of al-0) $(flags al-0)"
	starts "after SIGKILL" "$(by_script al-0)"
	frames "after SIGKILL"
	stop_qemu quit
	closed "after SIGKILL" al-0
}

test_always() {
	start_flood
	for end in quit KILL TERM KILL quit; do
		starts "flooded, until $end" "$(by_script al-0)"
		frames "flooded, until $end"
		for _ in 1 2 3 4 5; do
			root reload al-0 || t_fail "reload" "$(cat "$T_TMP/root.out")"
		done
		stop_qemu $end
	done
	stop_flood
	read -r own leaked <"$T_TMP/flood.out"
	t_true "flooded: frames of its own came through" [ "$own" -gt 0 ]
	t_is "flooded: not a forged one" 0 "$leaked"
	closed "flooded" al-0
}

test_script_fails() {
	PROFILE=no-such-profile domain lab-web al-0
	refused "a failing profile" "$(by_script al-0)"
	says "a failing profile: the helper does not tell which" \
		"*tapfilter-helper: up al-0: *the system log says why*status 768*"
	closed "a failing profile" al-0
	domain lab-web al-0

	domain lab-web xx-0
	su_tap xx-0
	refused "a tap that is not granted" "$(by_script xx-0)"
	says "a tap that is not granted: status 3" "*not allowed*status 768*"
	by_hand "a tap that is not granted" 3 up xx-0
	ip link delete xx-0
	domain lab-web al-0

	domain other al-7
	su_tap al-7
	refused "a domain that is not granted" "$(by_script al-7)"
	says "a domain that is not granted: status 3" "*not allowed*status 768*"
	by_hand "a domain that is not granted" 3 up al-7
	ip link delete al-7
}

test_not_hers() {
	domain lab-db al-9
	su_tap al-9 "$BOB"
	refused "another user's tap" "$(by_script al-9)"
	says "another user's tap: the kernel's word" "*could not configure*"
	by_hand "another user's tap" 3 up al-9
	by_hand "another user's tap" 0 down al-9
	ip link delete al-9
	# One without an owner can be opened by everybody.
	ip tuntap add al-9 mode tap
	refused "nobody's tap" "$(by_script al-9)"
	says "nobody's tap: status 3" "*not allowed*status 768*"
	by_hand "nobody's tap" 3 up al-9
	# That root has up
	t_true "root's up" root up al-9
	refused "a tap that root has up" "$(by_script al-9)"
	by_hand "a tap that root has up" 3 up al-9
	by_hand "a tap that root has up" 3 down al-9
	by_hand "a tap that root has up" 3 reload al-9
	root down al-9
	ip link delete al-9
	refused "no tap at all" "$(by_script p0)"
	by_hand "a link that is no tap" 3 up p0
	su_conf '[acl alice]' "uid = $ALICE" 'op = up, down' \
		'domain = lab-db' 'tap = p0, br0' 'bridge = br0'
	for dev in p0 br0; do
		domain lab-db $dev
		by_hand "$dev, granted by mistake" 3 up $dev
		by_hand "$dev, granted by mistake" 0 down $dev
	done
	su_conf
	rm /etc/tapfilter/domains/lab-db.xml
}

test_bridge_of_script() {
	ip link add br1 type bridge
	domain lab-web al-0 br1
	refused "script: a bridge that is not granted" "$(by_script al-0)"
	says "script: a bridge that is not granted: status 3" \
		"*not allowed*status 768*"
	domain lab-web al-0
	su_tap al-0 2>/dev/null
	# Root has moved it.
	ip link set al-0 master br1
	refused "script: in another bridge already" "$(by_script al-0)"
	ip link set al-0 nomaster
	ip link delete br1
}

# require VALUE: what a caller must show
test_require() {
	su_conf '[acl alice]' "uid = $ALICE" 'op = up, down, reload' \
		'domain = lab-web' 'tap = al-#' 'bridge = br0' "require = $1"
	by_hand "require $1: without the tap" 3 up al-0
	starts "require $1" "$(by_script al-0)"
	t_is "require $1: filtered" 2 "$(chains al-0)"
	frames "require $1"
	by_hand "require $1: while QEMU has it" 3 up al-0
	stop_qemu quit
	closed "require $1" al-0
	su_conf
}

test_sandbox() {
	refused "-sandbox on" "$(by_script al-0)" -sandbox on
	says "-sandbox on: the helper says why" "*no_new_privs*-sandbox on*"
	says "-sandbox on: status 3" "*status 768*"
	closed "-sandbox on" al-0
}

# ---- helper= -------------------------------------------------------------

# port NAME TAP ISOLATED: what a port of ours looks like
port() {
	t_is "$1: the tap is in the bridge" "br0 up" "$(port_of "$2") $(flags "$2")"
	t_is "$1: it has rules" 2 "$(chains "$2")"
	t_is "$1: learning" "learning off" \
		"$(bridge -d link show dev "$2" | grep -o ' learning [^ ]*' | xargs)"
	t_is "$1: isolated" "isolated $3" \
		"$(bridge -d link show dev "$2" | grep -o ' isolated [^ ]*' | xargs)"
	t_is "$1: one static entry for the guest" "$GUEST static" \
		"$(bridge fdb show dev "$2" | sed -n \
			's/^\(52:54:[^ ]*\) .*master br0.* \(static\)$/\1 \2/p')"
	t_is "$1: no IPv6 address" "addrgenmode none" \
		"$(link_of "$2" addrgenmode)$(ip -6 -o addr show dev "$2")"
	t_is "$1: the bridge's MTU" "mtu 1400" "$(link_of "$2" mtu)"
	says "$1: a MAC that no bridge takes over" "link/ether fe:*" \
		"$(link_of "$2" link/ether)"
	t_is "$1: the bridge keeps its MAC" "$MAC" "$(bridge_mac)"
}

# What a tap that went without a call leaves says nothing about another one.
stale() {
	ip tuntap add "$2" mode tap
	ip link set "$2" master br0 up
	t_is "$1: another tap of that name is not touched" pass \
		"$(probe "$2" "$OTHER")"
	ip link delete "$2"
}

cleared() {
	[ -z "$(record "$1")" ] && [ "$(chains "$1")" = 0 ]
}

# A few records a call, so more than one call may be needed
up_clears() {
	for _ in 1 2 3; do
		alice up al-0
		[ "$rc" -eq 0 ] || return 1
		cleared "$1" && return
	done
	return 1
}

bridge_clears() {
	for _ in 1 2 3; do
		start_qemu "$(by_helper lab-db)" || return 1
		stop_qemu quit
		cleared "$1" && return
	done
	return 1
}

test_helper() {
	domain lab-web al-1
	domain lab-db '' br0 "<port isolated='yes'/>"
	rm -f /etc/tapfilter/domains/other.xml
	starts "helper" "$(by_helper lab-web)" || return
	port "helper" al-1 off
	frames "helper"
	stop_qemu quit
	t_true "helper: the tap goes with QEMU" poll no_tap al-1
	t_is "helper: the bridge keeps its MAC" "$MAC" "$(bridge_mac)"
	t_is "helper: a record is left" 1 "$(record al-1 | wc -l)"
	stale "helper" al-1
	t_true "gc" root gc
	t_true "gc clears the rules and the record" cleared al-1

	starts "helper names it" "$(by_helper lab-db)"
	port "helper names it" tf0 on
	frames "helper names it"
	stop_qemu KILL
	t_true "helper names it: SIGKILL: the tap goes" poll no_tap tf0
	stale "helper names it" tf0
	domain lab-web al-0
	t_true "the next up clears the rules and the record" up_clears tf0
	alice down al-0
	domain lab-web al-1

	starts "helper, killed" "$(by_helper lab-web)"
	stop_qemu KILL
	t_true "helper, killed: the tap goes" poll no_tap al-1
	# The same name: its own rules, with its own device.
	starts "helper, again" "$(by_helper lab-web)"
	frames "helper, again"
	stop_qemu KILL
	poll no_tap al-1
	t_true "the next bridge clears the rules and the record" \
		bridge_clears al-1
	root gc
}

# Says how the helper that QEMU runs ends
write_wrapper() {
	cat >"$T_TMP/wrapper" <<-END
	#!/bin/sh
	"$HELPER" "\$@"
	rc=\$?
	echo \$rc >$HOME_DIR/status
	exit \$rc
	END
	chmod 755 "$T_TMP/wrapper"
}

# helper_refused NAME STATUS NETDEV: NETDEV's helper is the wrapper
helper_refused() {
	refused "$1" "$3"
	t_is "$1: the helper's exit status" "$2" "$(cat "$HOME_DIR/status")"
	t_is "$1: no record" "" "$(find /run/tapfilter -name '[at][lf]*' \
		-newer "$T_TMP/before")"
}

wrapped() {
	echo "bridge,id=t,br=${2:-br0},helper=$T_TMP/wrapper bridge --domain=$1"
}

test_helper_refuses() {
	write_wrapper
	domain lab-web al-1
	domain other al-3
	ip link add br1 type bridge
	helper_refused "helper: another's domain" 3 "$(wrapped other)"
	helper_refused "helper: no such domain" 3 "$(wrapped none)"
	helper_refused "helper: a path for a domain" 2 "$(wrapped ../lab-web)"
	helper_refused "helper: a bridge that is not granted" 3 \
		"$(wrapped lab-web br1)"
	helper_refused "helper: not a bridge" 3 "$(wrapped lab-web p0)"
	su_conf '[acl alice]' "uid = $ALICE" 'op = bridge' \
		'domain = lab-web, lab-db' 'tap = al-#' 'bridge = br0, br1, p0, br9'
	helper_refused "helper: a bridge that is not the domain's" 3 \
		"$(wrapped lab-web br1)"
	domain lab-db ''
	helper_refused "helper: a name that is not granted" 3 \
		"$(wrapped lab-db)"
	domain lab-db '' p0
	su_conf '[acl alice]' "uid = $ALICE" 'op = bridge' \
		'domain = lab-web, lab-db' 'tap = al-#, tf#' 'bridge = br0, p0, br9'
	helper_refused "helper: not a bridge, granted by mistake" 1 \
		"$(wrapped lab-db p0)"
	domain lab-db '' br9
	helper_refused "helper: no such bridge" 1 "$(wrapped lab-db br9)"
	su_conf
	PROFILE=no-such-profile domain lab-db ''
	helper_refused "helper: a failing profile" 3 "$(wrapped lab-db)"
	domain lab-db ''
	su_tap al-1
	helper_refused "helper: the name is taken" 1 "$(wrapped lab-web)"
	ip link delete al-1
	helper_refused "helper: --domain missing" 2 \
		"bridge,id=t,br=br0,helper=$T_TMP/wrapper"
	says "helper: --domain missing: the reason" \
		"*which domain is it for*bridge --domain=NAME*"
	helper_refused "helper: --domain missing after bridge" 2 \
		"bridge,id=t,br=br0,helper=$T_TMP/wrapper bridge"
	refused "helper: queues" "$(by_helper lab-web),queues=2"
	says "helper: queues: QEMU's message" "*Invalid parameter 'queues'*"
	refused "tap with helper: queues" \
		"tap,id=t,br=br0,helper=$HELPER bridge --domain=lab-web,queues=2"
	says "tap with helper: queues: QEMU's message" \
		"*queues=, and vhostfds= are invalid with helper=*"
	refused "helper: -sandbox on" "$(by_helper lab-web)" -sandbox on
	says "helper: -sandbox on: the helper says why" "*no_new_privs*"
	ip link delete br1
}

mkdir "$HOME_DIR"
chown "$ALICE:$ALICE" "$HOME_DIR"
cp "$TF_TOP"/templates/*.xml /etc/tapfilter/profiles
chmod 644 /etc/tapfilter/profiles/*
for dev in p0 p1 br0; do
	ip link set $dev mtu 1400
done
mkfifo "$T_TMP/monitor"
exec 9<>"$T_TMP/monitor"
MAC=$(bridge_mac)
domain lab-web al-0

test_script
test_always
test_script_fails
test_not_hers
test_bridge_of_script
test_require fd
test_require owner,fd
test_sandbox
test_helper
test_helper_refuses

t_done
