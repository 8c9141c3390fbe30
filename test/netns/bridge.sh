#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter-helper bridge, called as QEMU does: which interface, what is handed
# over, and that nothing is left behind when it is not.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
t_need strace
su_setup
CALLER=$TF_BUILD/test/netns/bridge_caller
mkfifo "$T_TMP/hold"
ip link add br1 type bridge mcast_snooping 0
! with state || place_shows br1
ip link set br1 up

# nics FILE [INTERFACE...]: a domain named after its file; an interface is
# BRIDGE,MAC-END[,TAP]
nics() {
	nics_file=$1
	shift
	{
		echo "<domain><name>$nics_file</name><devices>"
		for nic; do
			nic_rest=${nic#*,}
			echo "<interface type='bridge'><source bridge='${nic%%,*}'/>"
			echo "<mac address='52:54:00:00:00:${nic_rest%%,*}'/>"
			[ "$nic_rest" = "${nic_rest%%,*}" ] ||
				echo "<target dev='${nic_rest#*,}'/>"
			echo '<firewall>'
			for nic_p in "${PROFILE:-own-mac}" $(place_profiles); do
				echo "<reference profile='$nic_p'/>"
			done
			echo '</firewall></interface>'
		done
		echo '</devices></domain>'
	} >"/etc/tapfilter/domains/$nics_file.xml"
	chmod 644 "/etc/tapfilter/domains/$nics_file.xml"
}

# call KIND ARG...: as alice; what came of it in $got, standard error in $err.
# UID_ is another user, MAC the address that is the guest's.
call() {
	kind=$1
	shift
	got=$("$CALLER" "$kind" "${UID_:-$ALICE}" "${MAC:-$GUEST}" "$HELPER" \
		bridge "$@" 2>"$T_TMP/err" </dev/null)
	got=${got%end}
	# shellcheck disable=SC2086 # on one line
	got=$(echo $got)
	# shellcheck disable=SC2034 # for those that ask
	err=$(cat "$T_TMP/err")
}

# gives NAME TAP ARG...: a filtered tap, and the words vnet or plain
gives() {
	gives_name=$1 gives_tap=$2
	shift 2
	call pair "$@"
	t_is "$gives_name" "status 0 tap $gives_tap frames own" "$got"
}

# All that a call can have made
traces() {
	ip -o link | grep -o ' \(al-[0-9]*\|tf[0-9]*\): '
	rules 2>/dev/null | grep -o '\(al-\|tf\)[0-9][0-9]*' | sort -u
	find /run/tapfilter -type f ! -name '.index*' ! -name .sweep ! -name .egress \
		! -name '.uid.*-lock'
}

# fails NAME STATUS KIND ARG...
fails() {
	fails_name=$1 fails_rc=$2
	shift 2
	call "$@"
	t_is "$fails_name" "status $fails_rc" "$got"
	t_is "$fails_name: nothing is left" "" "$(traces)"
	gc
}

# What ended without a call is cleared, so that the next test finds nothing.
gc() {
	"$HELPER" gc 2>/dev/null
}

# hold ARG...: as call, but the caller keeps the tap until it is let go
hold() {
	# The shell opens the pipe before the file: what an earlier one said must
	# not be taken for this one's
	: >"$T_TMP/held"
	"$CALLER" pair "$ALICE" "$GUEST" "$HELPER" bridge "$@" \
		<"$T_TMP/hold" >"$T_TMP/held" 2>&1 3>&- &
	HELD=$!
	exec 3>"$T_TMP/hold"
	until grep -q '^end' "$T_TMP/held" || ! kill -0 $HELD 2>/dev/null; do
		sleep 0.02
	done
}

let_go() {
	exec 3>&-
	wait $HELD
}

BRIDGE="--br=br0 --fd=5 --domain=lab-web"

# ---- which interface -----------------------------------------------------
nics lab-web br0,01,al-1
# shellcheck disable=SC2086 # words
gives "one interface" "al-1 plain" $BRIDGE
gc
gives "with a virtio-net header" "al-1 vnet" --use-vnet --fd=5 --br=br0 \
	--domain=lab-web
gc
gives "any order" "al-1 vnet" --domain=lab-web --br=br0 --use-vnet --fd=5
gc
nics lab-web br0,01
# shellcheck disable=SC2086
gives "named by the helper" "tf0 plain" $BRIDGE
gc
nics lab-web br0,01,al-1 br1,02,al-2 br0,03 br0,02,al-4
# shellcheck disable=SC2086
{
	fails "several" 3 pair $BRIDGE
	fails "no such number" 3 pair $BRIDGE --nic=4
	fails "a number on another bridge" 3 pair $BRIDGE --nic=1
	fails "an address on another bridge" 3 pair --br=br0 --fd=5 \
		--domain=lab-web --mac=52:54:00:00:00:04
	gives "--nic=0" "al-1 plain" $BRIDGE --nic=0
	MAC=52:54:00:00:00:03 gives "--nic=2" "tf0 plain" --nic=2 $BRIDGE
	MAC=52:54:00:00:00:02 gives "--mac" "al-4 plain" $BRIDGE \
		--mac=52:54:00:00:00:02
	gc
	fails "--nic and --mac" 2 pair $BRIDGE --nic=0 \
		--mac=52:54:00:00:00:01
	fails "--nic without a number" 2 pair $BRIDGE --nic=
	fails "--nic of no number" 3 pair $BRIDGE --nic=one
	fails "--nic below zero" 3 pair $BRIDGE --nic=-1
	fails "--mac of no address" 3 pair $BRIDGE --mac=52:54
}

# ---- arguments -----------------------------------------------------------
nics lab-web br0,01,al-1
# shellcheck disable=SC2086
{
	for arg in --br=br0 --fd=5 --domain=lab-web; do
		fails "$arg twice" 2 pair $BRIDGE $arg
	done
	fails "--use-vnet twice" 2 pair $BRIDGE --use-vnet --use-vnet
	fails "--nic twice" 2 pair $BRIDGE --nic=0 --nic=0
	fails "without --br" 2 pair --fd=5 --domain=lab-web
	fails "without --fd" 2 pair --br=br0 --domain=lab-web
	fails "without --domain" 2 pair --br=br0 --fd=5
	fails "a word more" 2 pair $BRIDGE al-1
	fails "an option of up" 2 pair $BRIDGE --no-link
	fails "an option with a blank" 2 pair --br br0 --fd=5 --domain=lab-web
}
for arg in 0 1 2 -1 5x '' 99999999999 +5; do
	fails "--fd=$arg" 2 pair --br=br0 --fd="$arg" --domain=lab-web
done
for arg in . .. ../lab-web /etc/passwd -x .hidden ''; do
	fails "--domain=$arg" 2 pair --br=br0 --fd=5 --domain="$arg"
done
for arg in 'br0;' 'b*' -x a/b sixteen-bytes-xx ''; do
	fails "--br=$arg" 2 pair --br="$arg" --fd=5 --domain=lab-web
done

# ---- the descriptor ------------------------------------------------------
# Whether it is a socket is seen late, and "denied" tells nothing before.
# shellcheck disable=SC2086
{
	fails "closed" 1 closed $BRIDGE
	for kind in file pipe inet dgram; do
		fails "$kind" 3 $kind $BRIDGE
		UID_=0 fails "$kind, root" 1 $kind $BRIDGE
		t_is "$kind, root: the reason" "tapfilter-helper: descriptor 5 must be a stream socket of the AF_UNIX family" "$err"
	done
	fails "a receiver that has gone" 1 gone $BRIDGE
	fails "a receiver that does not listen" 1 full $BRIDGE
	UID_=0 gives "root" "al-1 plain" $BRIDGE
	gc
}

# ---- names that are taken ------------------------------------------------
for what in "link add al-1 type bridge" "tuntap add al-1 mode tap user $ALICE" \
	"tuntap add al-1 mode tap"; do
	# shellcheck disable=SC2086
	{
		ip $what
		before=$(ip -d -o link show al-1)
		call pair $BRIDGE
		t_is "$what" "status 1" "$got"
		t_is "$what: it stays as it is" "$before" \
			"$(ip -d -o link show al-1)"
		ip link delete al-1
		t_is "$what: nothing is left" "" "$(traces)"
	}
done
# shellcheck disable=SC2086
{
	hold $BRIDGE
	t_is "a first one" "status 0 tap al-1 plain frames own end" \
		"$(xargs <"$T_TMP/held")"
	before=$(rules)
	call pair $BRIDGE
	t_is "a second one of that name" "status 1" "$got"
	t_is "the first one keeps its rules" "$before" "$(rules)"
	t_is "and its port" br0 "$(port_of al-1)"
	let_go
	gives "when the first has ended" "al-1 plain" $BRIDGE
	gc
	nics lab-web br0,01
	hold $BRIDGE
	gives "two with names of the helper's" "tf1 plain" $BRIDGE
	t_is "the first of them" "tap tf0 plain" "$(grep tap "$T_TMP/held")"
	t_true "gc" "$HELPER" gc
	t_is "gc leaves the one that is there" 2 "$(chains tf0)"
	t_is "and clears the other" 0 "$(chains tf1)"
	let_go
	gc
}

# at_once: two calls side by side, each with a tap of its own
at_once() {
	for i in 1 2; do
		# shellcheck disable=SC2086
		"$CALLER" pair "$ALICE" "$GUEST" "$HELPER" bridge $BRIDGE \
			>"$T_TMP/once$i" 2>&1 </dev/null &
		eval "once$i=$!"
	done
	# shellcheck disable=SC2154 # eval sets them
	wait "$once1" "$once2"
	cat "$T_TMP/once1" "$T_TMP/once2" | grep -c '^status 0\|^frames own$'
}

t_is "two at once" 4 "$(at_once)"
gc
t_is "nothing is left" "" "$(traces)"

# ---- files that are wrong ------------------------------------------------
nics lab-web br9,01,al-1
su_conf '[acl a]' "uid = $ALICE" 'op = bridge' 'domain = lab-web' \
	'tap = al-#, tf#' 'bridge = br0, br9, p0, al-1'
fails "no such bridge" 1 pair --br=br9 --fd=5 --domain=lab-web
nics lab-web p0,01,al-1
fails "no bridge" 1 pair --br=p0 --fd=5 --domain=lab-web
nics lab-web al-1,01,al-1
fails "itself for a bridge" 1 pair --br=al-1 --fd=5 --domain=lab-web
su_conf
PROFILE=none nics lab-web br0,01,al-1
# shellcheck disable=SC2086
fails "no such profile" 3 pair $BRIDGE
nics lab-web br0,01,al-1 br0,01,al-1
# shellcheck disable=SC2086
fails "one tap twice" 3 pair $BRIDGE
nics lab-web br0,01,xx-1
# shellcheck disable=SC2086
fails "a name that is not granted" 3 pair $BRIDGE
nics lab-web br0,01,al-1
sed -i 's/<name>lab-web/<name>lab-db/' /etc/tapfilter/domains/lab-web.xml
# shellcheck disable=SC2086
fails "a domain of another name" 3 pair $BRIDGE
nics lab-web br0,01,al-1
printf x >>/etc/tapfilter/domains/lab-web.xml
# shellcheck disable=SC2086
fails "a damaged domain" 3 pair $BRIDGE
nics lab-web br0,01,al-1

# max-active counts these taps too
su_conf '[acl a]' "uid = $ALICE" 'op = bridge' 'domain = lab-web, lab-db' \
	'tap = al-#, tf#' 'bridge = br0' 'max-active = 1'
nics lab-db br0,01
# shellcheck disable=SC2086
hold $BRIDGE
call pair --br=br0 --fd=5 --domain=lab-db
t_is "one more than max-active" "status 3" "$got"
t_is "one more than max-active: nothing is left" "" "$(traces | grep tf0)"
let_go
gives "max-active, when the first has ended" "tf0 plain" --br=br0 --fd=5 \
	--domain=lab-db
su_conf
gc

# What is left when a call fails, up-fail.sh and up-killed.sh show over each place.
[ -z "${TF_PLACES:-}" ] || t_done

# ---- told "no", and killed, at any of its calls --------------------------
# struck CALL WHAT N: by root, since a traced program is not setuid
struck() {
	got=$("$CALLER" pair 0 "$GUEST" /usr/bin/strace -o "$T_TMP/trace" \
		-e "trace=$1" -e "inject=$1:$2:when=$3" "$HELPER" bridge \
		--br=br0 --fd=5 --domain=lab-web 2>"$T_TMP/err" </dev/null |
		xargs)
	# A number beyond the last call
	grep -q 'INJECTED\|killed by' "$T_TMP/trace"
}

# Status 0 with a filtered tap, or neither a tap nor anything of it, but for the
# empty file of its lock; a killed one may leave rules that stand for no device.
check_struck() {
	case $got in
	"status 0 tap al-1 plain frames own end") ;;
	"status 0 "* | *frames*forged*)
		wrong="$wrong; $1 $3: $got"
		;;
	*)
		[ "$2" = signal=KILL ] || [ -z "$(traces | grep -v /.lock.)" ] ||
			wrong="$wrong; $1 $3: $(traces | xargs)"
		;;
	esac
	ip link show al-1 >/dev/null 2>&1 && wrong="$wrong; $1 $3: a tap"
	gc || wrong="$wrong; $1 $3: gc fails"
	[ "$(chains al-1)" = 0 ] ||
		wrong="$wrong; $1 $3: rules after gc"
}

# strike CALL WHAT [FIRST]
strike() {
	wrong=
	n=${3:-1}
	while struck "$1" "$2" "$n"; do
		check_struck "$1" "$2" "$n"
		n=$((n + 1))
	done
	gc
	t_is "$2 at each $1" "" "$wrong"
	t_true "$2 at $1: there was one" [ "$n" -gt "${3:-1}" ]
}

/usr/bin/strace -o /dev/null true || t_fail strace "does not work here"
for sys in ioctl sendto recvmsg sendmsg fsync renameat unlinkat flock; do
	strike $sys error=EIO
done
for sys in ioctl sendto sendmsg renameat; do
	strike $sys signal=KILL
done
t_done
