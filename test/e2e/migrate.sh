#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A guest that moves between two hosts, each with a libvirtd, an installation
# and a bridge of its own, and a wire between the bridges.  See libvirt.sh for
# what the guest does; whoever listens hears it wherever it is.
#
#	migrate.sh host NAME		be one of them
#	migrate.sh do COMMAND...	a function of this file, on one of them
set -u
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/host.sh
. "$TF_TOP/test/host.sh"

SELF=$TF_TOP/test/e2e/migrate.sh
# What both hosts see
SHARE=/srv

uri() {
	echo "qemu+unix:///system?socket=$SHARE/$1/libvirt-sock"
}

be_host() {
	hostname "$1"
	host_setup
	mkdir "$SHARE/$1"
	libvirt_setup "unix_sock_dir = \"$SHARE/$1\"
	host_uuid = \"$(cat /proc/sys/kernel/random/uuid)\""
	libvirt_start "$(uri "$1")" || exit 1
	echo "$$" >"$SHARE/$1.new"
	mv "$SHARE/$1.new" "$SHARE/$1.pid"
	exec sleep infinity
}

case ${1:-} in
host) be_host "$2" ;;
do)
	T_TMP=/run/test
	shift
	"$@"
	exit
	;;
esac

host_enter "$@"
t_need libvirtd virsh
mount -t tmpfs -o mode=0755 share $SHARE
T_TMP=$SHARE/test
mkdir $T_TMP
for host in one two; do
	unshare -n -m -u "$SELF" host $host >$T_TMP/$host.log 2>&1 &
done
for host in one two; do
	if ! poll test -e $SHARE/$host.pid; then
		t_fail "host $host" "$(cat $T_TMP/$host.log)"
		t_done
	fi
done

# on HOST COMMAND...
on() {
	o_pid=$(cat "$SHARE/$1.pid")
	shift
	nsenter -t "$o_pid" -m -n -u -- "$SELF" "do" "$@"
}

# of HOST COMMAND...: virsh
of() {
	o_uri=$(uri "$1")
	shift
	v_at "$o_uri" "$@"
}

honest() {
	h_got=$(sniff await 01U)
	t_is "$1: honest frames come out" came "$h_got"
	[ "$h_got" = came ] || t_done
	t_is "$1: nothing forged has come out" seen "$(sniff forged)"
}

# runs NAME HERE ELSEWHERE: where the guest runs, and its rules are
runs() {
	t_is "$1: it runs" running "$(of "$2" domstate g)"
	t_is "$1: it does not run elsewhere" "" "$(of "$3" list --name)"
	t_is "$1: its rules are there" 2 \
		"$(on "$2" chains "$(of "$2" domiflist g | awk '{ print $1 }')")"
	t_is "$1: none are elsewhere" "0 " \
		"$(on "$3" chains "vnet[0-9]*") $(on "$3" records)"
}

# move FROM TO
move() {
	of "$1" migrate --live --p2p --persistent --undefinesource \
		--migrateuri "unix://$SHARE/migration.sock" \
		--desturi "$(uri "$2")" g
}

# profile HOST: that host has it from now on
profile() {
	# shellcheck disable=SC2016
	on "$1" sh -c 'sed s/clean-traffic/mine/ \
		/run/test/root/usr/share/tapfilter/profiles/clean-traffic.xml \
		>/etc/tapfilter/profiles/mine.xml'
}

ip link add wire netns "$(cat $SHARE/one.pid)" type veth \
	peer name wire netns "$(cat $SHARE/two.pid)"
for host in one two; do
	on $host ip link set wire master br0 up
done
sniff_start p1 nsenter -t "$(cat $SHARE/one.pid)" -n

domain g "$(ref "mac='52:54:00:00:00:01'" "profile='mine' ip_address='10.0.0.1'")" \
	"$(nic 1)" | sed "s,$T_TMP/,/run/test/," >$T_TMP/g.xml
profile one
t_true define of one define $T_TMP/g.xml
t_true start of one start g
honest start
runs start one two

rc=0
move one two >$T_TMP/refused 2>&1 || rc=$?
t_is "no profile at the destination: refused" 1 $rc
t_true "no profile at the destination: the reason is shown" \
	grep -q mine $T_TMP/refused
honest "no profile at the destination"
runs "no profile at the destination" one two

profile two
t_true "to the other host" move one two
honest "to the other host"
runs "to the other host" two one
t_true "and back" move two one
honest "and back"
runs "and back" one two
t_true destroy of one destroy g
t_is "destroy: no rules and records are left" "0 " \
	"$(on one chains "vnet[0-9]*") $(on one records)"
t_is "destroy: nothing forged has come out" seen "$(sniff forged)"
t_done
