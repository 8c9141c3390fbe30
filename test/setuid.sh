# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the helper installed setuid, after lib.sh, in namespaces of their
# own, with what tap.sh has:
#
#   su_setup             an installation of its own in /etc, /run, /dev and
#                        /usr/libexec/tapfilter of this mount namespace, with
#                        bridge br0, ports p0 and p1, the domain "lab-web" of
#                        tap al-0, and the users alice and bob (uids 64901,
#                        64902); all goes when the program ends
#   su_conf [LINE...]    write tapfilter.conf: these lines follow [tapfilter]
#   su_domain FILE TAP [NAME] [PROFILE] [MAC] [BRIDGE]
#                        write a domain file
#   su_tap TAP [UID]     make a persistent tap, of alice's without UID
#   su_taps N            taps al-0 to al-(N-1) of alice's, each with a file of
#                        its own that makes it one of "lab-web", so that no
#                        index is needed
#   as UID COMMAND...    run it as that user, in no group but his own
#   alice ARG...         run tapfilter-helper as alice; status in $rc, standard
#                        error in $err
#   su_log               be syslog from now on
#   log_of COMMAND...    run it; what syslog got meanwhile in $log, without the
#                        time and process in front
#   su_kill_later PID    that process is to go when the program ends
#   su_wait NAME CMD...  until the command succeeds; a failed test after 10 s
#   su_loose TAP         no rules of TAP, no bridge, not up
#   su_state             the state directory's files that stand for taps
#   su_world             rules, links and state: what a refusal must not change
#   su_same NAME WANT CMD...
#                        the command ends with status WANT, and nothing of
#                        su_world changes

ALICE=64901
BOB=64902
# shellcheck disable=SC2034 # for those that source this
GUEST=52:54:00:00:00:01
# shellcheck disable=SC2034
OTHER=52:54:00:00:00:02
HELPER=/usr/libexec/tapfilter/tapfilter-helper

# shellcheck source=test/tap.sh
. "$TF_TOP/test/tap.sh"

su_setup() {
	t_need_root
	t_need ip nft bridge setpriv
	t_tmp
	mount -t tmpfs -o mode=755 tmp "$T_TMP"
	trap su_end EXIT
	su_files
	su_net
	su_conf
	su_profile own-mac THIS_MAC
	su_domain lab-web al-0 lab-web
}

SU_PIDS=
su_end() {
	for su_i in $SU_PIDS; do
		kill -KILL "$su_i" 2>/dev/null
	done
	umount -R -l "$T_TMP"
	rm -rf "$T_TMP"
}

su_kill_later() {
	SU_PIDS="$SU_PIDS $1"
}

# Everything that is written is on file systems that go with the namespace.
su_files() {
	mkdir "$T_TMP/etc" "$T_TMP/dev"
	cp -a /etc/. "$T_TMP/etc/"
	mount --bind "$T_TMP/etc" /etc
	for su_i in "alice:x:$ALICE:$ALICE" "bob:x:$BOB:$BOB"; do
		echo "$su_i::/nonexistent:/bin/sh" >>/etc/passwd
		echo "${su_i%:*}:" >>/etc/group
	done
	t_users
	mount -t tmpfs -o mode=755 run /run
	mount -t tmpfs -o mode=755 libexec /usr/libexec
	mkdir /usr/libexec/tapfilter
	cp "$TF_BUILD/tapfilter-helper" "$TF_BUILD/tapfilter-resolve" \
		"$TF_TOP/hooks/qemu-ifup" "$TF_TOP/hooks/qemu-ifdown" \
		/usr/libexec/tapfilter
	chmod 755 /usr/libexec/tapfilter/*
	chmod 4755 "$HELPER"
	mount -t tmpfs -o mode=755 dev "$T_TMP/dev"
	mkdir "$T_TMP/dev/net"
	mknod -m 666 "$T_TMP/dev/null" c 1 3
	mknod -m 666 "$T_TMP/dev/zero" c 1 5
	mknod -m 666 "$T_TMP/dev/full" c 1 7
	mknod -m 666 "$T_TMP/dev/urandom" c 1 9
	mknod -m 666 "$T_TMP/dev/net/tun" c 10 200
	mount --move "$T_TMP/dev" /dev
	rm -rf /etc/tapfilter
	mkdir -m 755 /etc/tapfilter /etc/tapfilter/profiles \
		/etc/tapfilter/domains
}

su_net() {
	ip link set lo up
	ip link add br0 type bridge mcast_snooping 0
	place_setup /etc/tapfilter/profiles
	ip link add p0 type veth peer name p1
	ip link set p0 master br0
	for su_i in br0 p0 p1; do
		ip link set "$su_i" up
	done
}

su_conf() {
	{
		echo '[tapfilter]'
		echo 'template-path = /etc/tapfilter/profiles'
		place_conf
		if [ $# -eq 0 ]; then
			cat <<-END
			[acl alice]
			uid = $ALICE
			op = up, down, reload, bridge
			domain = lab-web, lab-db
			tap = al-#, tf#
			bridge = br0
			END
		fi
		for su_i; do
			printf '%s\n' "$su_i"
		done
	} >/etc/tapfilter/tapfilter.conf
	chmod 644 /etc/tapfilter/tapfilter.conf
}

# su_profile NAME MAC: let out what comes from MAC and nothing else
su_profile() {
	cat >"/etc/tapfilter/profiles/$1.xml" <<EOF
<FilterPool name='$1'>
  <FilterEntry>
    <Action>ACCEPT</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrSrcMACAddr8021>$2</HdrSrcMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
  </FilterEntry>
</FilterPool>
EOF
	chmod 644 "/etc/tapfilter/profiles/$1.xml"
}

su_domain() {
	{
		printf '<domain><name>%s</name>' "${3:-$1}"
		printf '<uuid>00112233-4455-6677-8899-aabbccddeeff</uuid>'
		printf "<devices><interface type='bridge'>"
		printf "<mac address='%s'/>" "${5:-$GUEST}"
		printf "<source bridge='%s'/>" "${6:-br0}"
		[ -z "$2" ] || printf "<target dev='%s'/>" "$2"
		printf '<firewall>'
		for su_ref in "${4:-own-mac}" $(place_profiles); do
			printf "<reference profile='%s'/>" "$su_ref"
		done
		printf '</firewall></interface></devices></domain>\n'
	} >"/etc/tapfilter/domains/$1.xml"
	chmod 644 "/etc/tapfilter/domains/$1.xml"
}

su_tap() {
	ip tuntap add "$1" mode tap user "${2:-$ALICE}"
}

su_taps() {
	rm -f /etc/tapfilter/domains/lab-web.xml
	su_i=0
	while [ "$su_i" -lt "$1" ]; do
		su_tap "al-$su_i"
		su_domain "al-$su_i" "al-$su_i" lab-web
		su_i=$((su_i + 1))
	done
}

as() {
	as_uid=$1
	shift
	setpriv --reuid="$as_uid" --regid="$as_uid" --clear-groups \
		--inh-caps=-all "$@"
}

alice() {
	rc=0
	as "$ALICE" "$HELPER" "$@" >/dev/null 2>"$T_TMP/err" </dev/null || rc=$?
	err=$(cat "$T_TMP/err")
}

# ---- what the helper tells, and what it changes ---------------------------------

su_log() {
	su_line=
	mkfifo "$T_TMP/log-ready"
	"$TF_BUILD/test/privilege/log_socket" "$T_TMP/log" \
		>"$T_TMP/log-ready" </dev/null &
	su_kill_later $!
	read -r su_line <"$T_TMP/log-ready"
	rm "$T_TMP/log-ready"
	[ "$su_line" = ready ] || t_fail "syslog's socket" "$su_line"
}

SU_MARK=0
# su_mark: all that was sent so far is in the file
su_mark() {
	SU_MARK=$((SU_MARK + 1))
	"$TF_BUILD/test/privilege/log_socket" "$T_TMP/log" "mark $SU_MARK."
}

log_of() {
	su_mark
	"$@"
	su_mark
	log=$(sed -n "/^mark $((SU_MARK - 1))\\./,/^mark $SU_MARK\\./p" \
		"$T_TMP/log" | sed -n 's/^<[0-9]*>.\{15\} \([^[]*\)\[[0-9]*\]: /\1: /p')
}

su_wait() {
	su_what=$1
	su_n=0
	shift
	until "$@" >/dev/null 2>&1; do
		su_n=$((su_n + 1))
		if [ "$su_n" -gt 500 ]; then
			t_fail "$su_what" "not within 10 s: $*"
			return 1
		fi
		sleep 0.02
	done
}

su_loose() {
	[ "$(flags "$1") $(port_of "$1") $(chains "$1")" = "down  0" ]
}

su_state() {
	find /run/tapfilter -type f -printf '%P\n' 2>/dev/null |
		grep -v '^\.index\|/\.sweep$\|/\.egress$\|/\.lock\.\|/\.uid\.[0-9]*-lock$' |
		sed 's/^net-[0-9]*/net/' | sort
}

su_world() {
	# What is empty stays a moment, and nothing is in it.
	nft -s list ruleset |
		sed '/^table netdev tapfilter-[0-9a-f]* {$/{N;/\n}$/d;}'
	ip -o link show | sed 's/ state [A-Z]* / /; s/,NO-CARRIER//;
		s/,LOWER_UP//; s/<NO-CARRIER,/</'
	su_state
}

su_same() {
	su_name=$1
	su_want=$2
	shift 2
	su_world >"$T_TMP/world"
	rc=0
	"$@" >"$T_TMP/out" 2>"$T_TMP/err" </dev/null || rc=$?
	err=$(cat "$T_TMP/out" "$T_TMP/err")
	su_diff=$(su_world | diff "$T_TMP/world" -)
	t_is "$su_name" "$su_want" "$rc${su_diff:+ and a change:
$su_diff}"
}
