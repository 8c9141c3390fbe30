#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libvirt's qemu hook, called as libvirt calls it.  Its taps are up and in
# their bridges before "start"; at "stopped" they have gone.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
trap '[ -z "$QUEUE" ] || kill "$QUEUE"; rm -rf "$T_TMP"' EXIT
QUEUE=
SECOND=52:54:00:00:00:03

# A profile that needs a parameter
sed 's/own-mac/own-ip/; s/THIS_MAC/THIS_IP/; s/Hdr8021Filter/IPHeadersFilter/;
	s/HdrSrcMACAddr8021/HdrSrcAddress/g' "$T_TMP/profiles/own-mac.xml" \
	>"$T_TMP/profiles/own-ip.xml"
sed -i 's/Hdr8021Filter/IPHeadersFilter/' "$T_TMP/profiles/own-ip.xml"
up_profile nobody 52:54:00:00:00:77
# Each with what the place needs
more=
if with state; then
	up_profile pin THIS_MAC
	more="<reference profile='state'/><reference profile='pin'/>"
fi
! with ingress || more="<reference profile='incoming'/>"
for i in own-mac own-ip nobody; do
	sed -i "s|^<FilterPool .*|&$more|" "$T_TMP/profiles/$i.xml"
done

# ---- what libvirt does ---------------------------------------------------

# plug TAP...: as libvirt makes them
plug() {
	for p_i; do
		ip tuntap add "$p_i" mode tap
		ip link set "$p_i" master br0 up
	done
}

unplug() {
	for p_i; do
		ip link del "$p_i"
	done
}

# nic MAC TAP [MORE]: an interface of libvirt's; TAP may be empty
nic() {
	n_target=${2:+"<target dev='$2'/>"}
	cat <<-END
	<interface type='bridge'>
	  <mac address='$1'/>
	  <source bridge='br0'/>
	  $n_target
	  <model type='virtio'/>
	  ${3:-}
	  <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
	</interface>
	END
}

# ref SELECTOR REFERENCE: what a domain's metadata says of an interface
ref() {
	echo "<tf:interface $1><tf:reference $2/></tf:interface>"
}

# domain NUMBER REFS NICS >FILE
domain() {
	d_refs=${2:+"<tf:firewall xmlns:tf='urn:tapfilter:1'>$2</tf:firewall>"}
	cat <<-END
	<domain type='qemu' id='1'>
	<name>g$1</name>
	<uuid>00000000-0000-4000-8000-0000000000$(printf %02d "$1")</uuid>
	<metadata>
	<app:note xmlns:app='urn:app'>of others</app:note>
	$d_refs
	</metadata>
	<memory unit='KiB'>131072</memory>
	<os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
	<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
	$3
	<serial type='pty'><target type='isa-serial' port='0'/></serial>
	</devices>
	</domain>
	END
}

# call STATUS NAME GUEST OP SUBOP [EXTRA]: with the domain on standard input;
# stderr is in $T_TMP/err
call() {
	c_want=$1 c_name=$2 c_rc=0
	helper hook qemu "$3" "$4" "$5" "${6:--}" >>"$T_TMP/stdout" \
		2>"$T_TMP/err" || c_rc=$?
	if [ "$c_rc" = "$c_want" ]; then
		t_ok "$c_name"
	else
		t_fail "$c_name" "status $c_rc
$(cat "$T_TMP/err")"
	fi
}

says() {
	t_true "$1" grep -q -- "$2" "$T_TMP/err"
}

# state TAP: chains, record
state() {
	echo "$(chains "$1") $([ ! -e "$T_STATE/$1" ] || echo record)"
}

nothing_left() {
	t_is "$1: nothing is left" "" "$(chains "vnet[0-9]*" | grep -v '^0$'
		find "$T_STATE" -mindepth 1 ! -name .sweep ! -name .egress 2>/dev/null)"
}

# what TAP has, in full
snapshot() {
	nft list ruleset | sed -n "/chain $1-/,/}/p" |
		sed 's/counter packets [0-9]* bytes [0-9]*/counter/'
	cat "$T_STATE/$1" 2>/dev/null | cksum
}

OWN=$(ref "mac='$GUEST'" "profile='own-mac'")
one=$T_TMP/one.xml bare=$T_TMP/bare.xml
domain 1 "$OWN" "$(nic "$GUEST" vnet0 "<alias name='net0'/>")" >"$one"
domain 1 "$OWN" "$(nic "$GUEST" "")" >"$bare"

# ---- every operation -----------------------------------------------------
plug vnet0
call 0 "prepare" g1 prepare begin <"$bare"
nothing_left prepare
call 0 "start" g1 start begin <"$one"
t_is "start: chains and record" "2 record" "$(state vnet0)"
t_is "start: the link is left alone" "up br0" "$(flags vnet0) $(port_of vnet0)"
t_is "start: a frame of the guest" pass "$(probe vnet0 "$GUEST")"
t_is "start: another frame" drop "$(probe vnet0 "$OTHER")"
before=$(snapshot vnet0)
call 0 "started" g1 started begin <"$one"
t_is "started: nothing changes" "$before" "$(snapshot vnet0)"
call 0 "an operation that is not known" g1 frobnicate begin <"$one"
says "it is named" frobnicate
for op in "start end" "stopped begin" "release begin" "reconnect end"; do
	# shellcheck disable=SC2086
	call 0 "$op is not known either" g1 $op <"$one"
done
t_is "nothing was done" "$before" "$(snapshot vnet0)"
unplug vnet0
call 0 "stopped, when the tap has gone and has no name" g1 stopped end <"$bare"
nothing_left stopped
call 0 "stopped again" g1 stopped end <"$bare"
call 0 "release, with a reason for an extra argument" g1 release end \
	shutdown <"$bare"
nothing_left release
plug vnet0
call 0 "attach" g1 attach begin <"$one"
t_is "attach: another frame" drop "$(probe vnet0 "$OTHER")"
call 0 "release alone, the tap is still there" g1 release end <"$bare"
nothing_left "release alone"
for args in "" "qemu" "qemu g1 start begin" "qemu g1 start begin - -" \
	"network net port-created begin -"; do
	rc=0
	# shellcheck disable=SC2086
	helper hook $args <"$one" >>"$T_TMP/stdout" 2>/dev/null || rc=$?
	t_is "hook $args: usage" 2 $rc
done

# ---- migrate, restore ----------------------------------------------------
bad=$T_TMP/bad.xml
for op in migrate restore; do
	call 0 "$op: a good one passes" g1 $op begin <"$bare"
	domain 1 "$(ref "mac='$GUEST'" "profile='no-such'")" \
		"$(nic "$GUEST" "")" >"$bad"
	call 1 "$op: a profile is missing" g1 $op begin <"$bad"
	says "$op: it is named" no-such
	domain 1 "$(ref "mac='$GUEST'" "profile='own-ip'")" \
		"$(nic "$GUEST" "")" >"$bad"
	call 1 "$op: a parameter is missing" g1 $op begin <"$bad"
	says "$op: it is named" ip_address
	domain 1 "$(ref "mac='$GUEST'" "profile='own-ip' ip_address='10.0.0.1'")" \
		"$(nic "$GUEST" "")" >"$bad"
	call 0 "$op: with the parameter it passes" g1 $op begin <"$bad"
	nothing_left $op
done

# ---- which interface -----------------------------------------------------
# select NAME SELECTOR: it picks the second of two
select_second() {
	domain 1 "$(ref "$2" "profile='own-mac'")" "
		$(nic "$GUEST" vnet0 "<alias name='ua-lan'/>")
		$(nic "$SECOND" vnet1 "<alias name='ua-dmz'/>")" >"$T_TMP/two.xml"
	call 0 "picked by $1" g1 start begin <"$T_TMP/two.xml"
	t_is "picked by $1: only that one" "0 /2 record" \
		"$(state vnet0)/$(state vnet1)"
	call 0 "picked by $1: release" g1 release end <"$T_TMP/two.xml"
}

plug vnet1
select_second mac "mac='$SECOND'"
select_second alias "alias='ua-dmz'"
select_second target "target='vnet1'"
select_second "all three" "target='vnet1' alias='ua-dmz' mac='$SECOND'"
domain 1 "$(ref "alias='ua-wan'" "profile='own-mac'")" \
	"$(nic "$GUEST" vnet0 "<alias name='ua-lan'/>")" >"$bad"
call 1 "a selector that picks none" g1 start begin <"$bad"
says "it is named" "ua-wan"
domain 1 "$OWN" "$(nic "$GUEST" vnet0) $(nic "$GUEST" vnet1)" >"$bad"
call 1 "a selector that picks two" g1 start begin <"$bad"
nothing_left "bad selectors"

# What libvirt has and we do not know, at home and in an interface
domain 1 "$OWN" "<future xmlns:q='urn:q'><q:x/></future>
	$(nic "$GUEST" vnet0 "<unheard of='it'><deep/></unheard>")" >"$T_TMP/new.xml"
call 0 "elements of a later libvirt" g1 start begin <"$T_TMP/new.xml"
t_is "they do no harm" drop "$(probe vnet0 "$OTHER")"
call 0 "release" g1 release end <"$bare"

# ---- all or none ---------------------------------------------------------
# two SELECTOR REFERENCE TAP2: the first is fine, the second is that
two() {
	domain 1 "$OWN $(ref "mac='$SECOND'" "$1")" \
		"$(nic "$GUEST" vnet0) $(nic "$SECOND" "$2")" >"$T_TMP/two.xml"
}

# refused NAME PATTERN: a first start fails, and one over rules that stand
refused() {
	call 1 "$1: refused" g1 start begin <"$T_TMP/two.xml"
	says "$1: the reason" "$2"
	t_is "$1: no rules" "0 /0 " "$(state vnet0)/$(state vnet1)"
	t_is "$1: the links are left alone" "up br0" \
		"$(flags vnet0) $(port_of vnet0)"
	call 0 "$1: stopped" g1 stopped end <"$bare"
	call 0 "$1: release" g1 release end <"$bare"
	nothing_left "$1"
	domain 1 "$(ref "mac='$GUEST'" "profile='nobody'")" \
		"$(nic "$GUEST" vnet0)" | helper hook qemu g1 start begin -
	r_before=$(snapshot vnet0)
	call 1 "$1: refused again" g1 start begin <"$T_TMP/two.xml"
	t_is "$1: the rules and the record from before" "$r_before" \
		"$(snapshot vnet0)"
	call 0 "$1: the end" g1 stopped end <"$bare"
	nothing_left "$1, again"
}

two "profile='own-mac'" vnet1
call 0 "two interfaces" g1 start begin <"$T_TMP/two.xml"
t_is "two interfaces: both have rules" "2 record/2 record" \
	"$(state vnet0)/$(state vnet1)"
call 0 "two interfaces: stopped" g1 stopped end <"$bare"
nothing_left "two interfaces"
two "profile='no-such'" vnet1
refused "a profile is missing" no-such
two "profile='own-ip'" vnet1
refused "a parameter is missing" ip_address
two "profile='own-mac'" vnet7
refused "a tap is missing" vnet7
two "profile='own-mac'" ""
refused "a tap has no name" "no tap"
two "profile='own-mac'" p0
refused "a device is no tap" p0
domain 1 "$OWN" "<interface type='user'><mac address='$GUEST'/></interface>" \
	>"$bad"
call 1 "a type that cannot be filtered" g1 start begin <"$bad"
says "the reason" "type 'user'"

# ---- reconnect -----------------------------------------------------------
call 0 "start" g1 start begin <"$one"
# handles of rules, and the record's file: new when they are made anew
identity() {
	nft -a list ruleset
	ls -i "$T_STATE/vnet0"
}
before=$(snapshot vnet0)
handles=$(identity)
mv "$T_TMP/profiles" "$T_TMP/away"
call 0 "reconnect, no profiles there" g1 reconnect begin <"$one"
t_is "equal: nothing is done" "$handles" "$(identity)"
t_is "equal: nothing is said" "" "$(cat "$T_TMP/err")"
wipe
call 0 "reconnect, the rules have gone" g1 reconnect begin <"$one"
says "that is told" vnet0
t_is "missing: they come back" "$before" "$(snapshot vnet0)"
t_is "missing: another frame" drop "$(probe vnet0 "$OTHER")"
t_is "missing: a frame of the guest" pass "$(probe vnet0 "$GUEST")"
mv "$T_TMP/away" "$T_TMP/profiles"
cp "$T_STATE/vnet0" "$T_TMP/record"
domain 1 "$(ref "mac='$GUEST'" "profile='nobody'")" "$(nic "$GUEST" vnet0)" |
	helper hook qemu g1 start begin -
cp "$T_TMP/record" "$T_STATE/vnet0"
call 0 "reconnect, other rules than those of the record" g1 reconnect begin \
	<"$one"
t_is "others: those of the record come back" "$before" "$(snapshot vnet0)"
call 0 "reconnect of a guest that has nothing" g2 reconnect begin <<-END
	$(domain 2 "$OWN" "$(nic "$GUEST" vnet0)")
	END
# Chains that somebody jumps to cannot be replaced.
wipe
block_rules() {
	for i in 0 1 2 3 4 5 6 7 8 9 a b c d e f; do
		nft add table netdev "tapfilter-0$i"
		nft add chain netdev "tapfilter-0$i" vnet0-out
		nft add chain netdev "tapfilter-0$i" vnet0-in
		nft add chain netdev "tapfilter-0$i" other
		nft add rule netdev "tapfilter-0$i" other jump vnet0-out
		nft add rule netdev "tapfilter-0$i" other jump vnet0-in
	done
}
block_rules
call 0 "reconnect, nothing can be put back" g1 reconnect begin <"$one"
says "that is told" "cannot be put back"
t_is "the tap is closed" down "$(flags vnet0)"
wipe
ip link set vnet0 master br0 up
call 0 "stopped" g1 stopped end <"$bare"
nothing_left "reconnect"

# ---- who has the tap's name by now ---------------------------------------
call 0 "start" g1 start begin <"$one"
unplug vnet0
plug vnet0
domain 2 "$OWN" "$(nic "$GUEST" vnet0)" >"$T_TMP/second.xml"
call 0 "another domain has the name" g2 start begin <"$T_TMP/second.xml"
before=$(snapshot vnet0)
call 0 "the first is stopped" g1 stopped end <"$bare"
call 0 "and released" g1 release end <"$bare"
call 0 "and reconnected" g1 reconnect begin <"$bare"
t_is "the other's rules stand" "$before" "$(snapshot vnet0)"
t_is "the other is filtered" drop "$(probe vnet0 "$OTHER")"
call 0 "the other is stopped" g2 stopped end <"$T_TMP/second.xml"
nothing_left "a name that came back"
# by hand, without a filter
call 0 "start" g1 start begin <"$one"
unplug vnet0
plug vnet0
wipe
call 0 "somebody's tap has the name: reconnect" g1 reconnect begin <"$one"
t_is "nothing is said" "" "$(cat "$T_TMP/err")"
t_is "nothing is done" "0 up br0 pass" "$(chains vnet0) $(flags vnet0) $(port_of \
	vnet0) $(probe vnet0 "$OTHER")"
call 0 "somebody's tap has the name: stopped" g1 stopped end <"$bare"
t_is "it is open as before" "up br0 pass" \
	"$(flags vnet0) $(port_of vnet0) $(probe vnet0 "$OTHER")"
nothing_left "somebody's tap"

# ---- what waits for the guest --------------------------------------------
ip link add q0 type veth peer name q1
ip link set q0 master br0 up
ip link set q1 up
mkfifo "$T_TMP/ask" "$T_TMP/answer"
"$TF_BUILD/test/netns/tap_queue" vnet0 p1 q1 <"$T_TMP/ask" >"$T_TMP/answer" &
QUEUE=$!
exec 8>"$T_TMP/ask" 9<"$T_TMP/answer"
queue() {
	echo "$1" >&8
	read -r q_line <&9
	echo "$q_line"
}

for length in 1000 37; do
	ip link set vnet0 txqueuelen $length
	t_is "a tap that nobody reads" "ready" "$(queue ready)"
	queue "send a" >/dev/null
	t_is "without the hook, frames wait" "read a" "$(queue read)"
	for mark in b c d; do
		queue "send $mark" >/dev/null
	done
	call 0 "start" g1 start begin <"$one"
	t_is "those from before are discarded" "read" "$(queue read)"
	queue "send e" >/dev/null
	t_is "those from after arrive" "read e" "$(queue read)"
	t_is "the queue's length is as before" $length \
		"$(ip -o link show vnet0 | sed -n 's/.* qlen \([0-9]*\).*/\1/p')"
	call 0 "stopped" g1 stopped end <"$bare"
done
exec 8>&- 9<&-
wait "$QUEUE"
QUEUE=
unplug vnet0 vnet1

# ---- many at a time ------------------------------------------------------
numbers="10 11 12 13 14 15 16 17 18 19"
for i in $numbers; do
	domain "$i" "$OWN" "$(nic "$GUEST" "vnet$i")" >"$T_TMP/g$i.xml"
	plug "vnet$i"
done

# together OP SUBOP: the number of those that failed
together() {
	g_pids=
	for g_i in $numbers; do
		helper hook qemu "g$g_i" "$1" "$2" - <"$T_TMP/g$g_i.xml" \
			>>"$T_TMP/stdout" 2>>"$T_TMP/err" &
		g_pids="$g_pids $!"
	done
	g_failed=0
	for g_i in $g_pids; do
		wait "$g_i" || g_failed=$((g_failed + 1))
	done
	[ $g_failed = 0 ] || cat "$T_TMP/err"
	echo "$g_failed"
}

: >"$T_TMP/err"
t_is "ten guests start" 0 "$(together start begin)"
t_is "all are filtered" 10 "$(for i in $numbers; do state "vnet$i"; done |
	grep -c '^2 record$')"
t_is "ten reconnect" 0 "$(together reconnect begin)"
t_is "ten are stopped" 0 "$(together stopped end)"
t_is "ten are released" 0 "$(together release end)"
nothing_left "ten guests"

# ---- a configuration with a fault ----------------------------------------
plug vnet0
call 0 "start" g1 start begin <"$one"
before=$(snapshot vnet0)
domain 3 "" "<interface type='user'><mac address='$GUEST'/></interface>" \
	>"$T_TMP/user.xml"
domain 4 "" "$(nic "$GUEST" vnet4)" >"$T_TMP/plain.xml"
for fault in "a word that is not known" "no file" "a file of others"; do
	cp "$T_TMP/conf" "$T_TMP/good"
	case $fault in
	no*) rm "$T_TMP/conf" ;;
	*others) chown 64801 "$T_TMP/conf" ;;
	*) echo "frobnicate = yes" >>"$T_TMP/conf" ;;
	esac
	for op in "start begin" "migrate begin" "restore begin"; do
		# shellcheck disable=SC2086
		call 1 "$fault: $op of a guest with a tap" g4 $op \
			<"$T_TMP/plain.xml"
		says "$fault: $op: the file is named" "$T_TMP/conf"
		# shellcheck disable=SC2086
		call 0 "$fault: $op of a guest without" g3 $op \
			<"$T_TMP/user.xml"
	done
	for op in "prepare begin" "started begin" "reconnect begin"; do
		# shellcheck disable=SC2086
		call 0 "$fault: $op" g1 $op <"$one"
	done
	t_is "$fault: who runs is left alone" "$before up" \
		"$(snapshot vnet0) $(flags vnet0)"
	rm -f "$T_TMP/conf"
	mv "$T_TMP/good" "$T_TMP/conf"
done
call 0 "stopped" g1 stopped end <"$bare"
nothing_left "faults"

# ---- standard input ------------------------------------------------------
domain 1 "$OWN" "$(nic "$GUEST" vnet0) <description>$(head -c 1100000 \
	/dev/zero | tr '\0' x)</description>" >"$T_TMP/big.xml"
call 1 "more than 1 MiB: start" g1 start begin <"$T_TMP/big.xml"
says "the reason" "larger than"
for op in "prepare begin" "started begin" "reconnect begin"; do
	# shellcheck disable=SC2086
	call 0 "more than 1 MiB: $op" g1 $op <"$T_TMP/big.xml"
done
domain 1 "$OWN" "$(nic "$GUEST" vnet0) <description>$(head -c 900000 \
	/dev/zero | tr '\0' x)</description>" >"$T_TMP/big.xml"
call 0 "less than that" g1 start begin <"$T_TMP/big.xml"
call 0 "stopped" g1 stopped end <"$T_TMP/big.xml"
for text in "" "no XML" "<domain>" "<domain/>"; do
	echo "$text" >"$bad"
	call 1 "\"$text\" at start" g1 start begin <"$bad"
	call 0 "\"$text\" at reconnect" g1 reconnect begin <"$bad"
done
# It takes 10 s, and does not hang on the place.
if [ -z "${TF_PLACES:-}" ]; then
	mkfifo "$T_TMP/endless"
	exec 7<>"$T_TMP/endless"
	# 137 is the status when the helper did not end by itself
	rc=0
	timeout -s KILL 40 "$TF_BUILD/tapfilter-helper" --config "$T_TMP/conf" \
		hook qemu g1 start begin - <&7 >>"$T_TMP/stdout" 2>"$T_TMP/err" ||
		rc=$?
	t_is "standard input that never ends" 1 $rc
	says "the reason" "standard input"
	exec 7<&-
fi
nothing_left "standard input"

# ---- profiles that are not there, or libvirt's ---------------------------
call 0 "a guest without profiles" g3 start begin <"$T_TMP/user.xml"
domain 1 "" "$(nic "$GUEST" vnet0)" >"$T_TMP/plain.xml"
call 0 "a tap without profiles" g1 start begin <"$T_TMP/plain.xml"
nothing_left "without profiles"
domain 1 "" "$(nic "$GUEST" vnet0 "<filterref filter='own-ip'>
	<parameter name='IP' value='10.0.0.1'/></filterref>")" >"$T_TMP/ref.xml"
call 0 "a filterref that is not honoured" g1 start begin <"$T_TMP/ref.xml"
nothing_left "a filterref that is not honoured"
echo "honour-filterref = yes" >>"$T_TMP/conf"
call 0 "a filterref that is" g1 start begin <"$T_TMP/ref.xml"
t_is "it has rules" "2 record" "$(state vnet0)"
# With no-ip, no address of IP is looked at.
with state || t_true "they have its parameter" sh -c \
	"nft list ruleset | grep -Eq '10[.]0[.]0[.]1|0x0?a000001'"
call 0 "stopped" g1 stopped end <"$bare"
domain 1 "" "$(nic "$GUEST" vnet0 "<filterref filter='no-such'/>")" >"$bad"
call 1 "a filterref of no profile" g1 start begin <"$bad"
says "it is named" no-such
nothing_left "filterref"

t_is "standard output stayed empty" "" "$(cat "$T_TMP/stdout")"
t_done
