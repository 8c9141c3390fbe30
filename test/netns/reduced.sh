#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The helper as libvirt runs the <script> of an interface: as uid 0, on a tap
# that is up already, with CAP_NET_ADMIN only or with all capabilities.  Both,
# and a user's setuid helper, work on the same taps.
#
# Runs also with: state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
su_setup
UP=/usr/libexec/tapfilter/qemu-ifup
DOWN=/usr/libexec/tapfilter/qemu-ifdown
# As "make install" leaves them
chgrp 64802 /etc/tapfilter/domains /etc/tapfilter/domains/*
chmod 750 /etc/tapfilter/domains
chmod 640 /etc/tapfilter/domains/*
su_tap al-0

# by WHO COMMAND...: status in $rc, output in $out
by() {
	by_who=$1
	shift
	rc=0
	case $by_who in
	reduced)
		setpriv --bounding-set=-all,+net_admin --inh-caps=-all \
			"$@" >"$T_TMP/out" 2>&1 </dev/null || rc=$?
		;;
	root) "$@" >"$T_TMP/out" 2>&1 </dev/null || rc=$? ;;
	alice) as "$ALICE" "$@" >"$T_TMP/out" 2>&1 </dev/null || rc=$? ;;
	esac
	out=$(cat "$T_TMP/out")
}

# done_by NAME WHO COMMAND...
done_by() {
	done_name="$1, $2"
	shift
	by "$@"
	if [ "$rc" -eq 0 ]; then
		t_ok "$done_name"
	else
		t_fail "$done_name" "status $rc: $out"
	fi
}

# As libvirt leaves it for the script: up, in no bridge
fresh() {
	ip link set al-0 nomaster up
}

# filtered NAME
filtered() {
	t_is "$1: rules, port, link" "2 br0 up" \
		"$(chains al-0) $(port_of al-0) $(flags al-0)"
	t_is "$1: forged frames" drop "$(probe al-0 "$OTHER")"
}

records() {
	find /run/tapfilter -name "*$1" ! -path '*/.uid.*'
}

# claims: how many taps are counted as alice's
claims() {
	find /run/tapfilter -path "*/.uid.$ALICE/*" | wc -l
}

# closed NAME
closed() {
	t_is "$1: rules, port, link" "0  down" \
		"$(chains al-0) $(port_of al-0) $(flags al-0)"
	t_is "$1: no record" "" "$(records al-0)"
}

says() {
	# shellcheck disable=SC2254 # a pattern it is
	case $out in
	$2) t_ok "$1" ;;
	*) t_fail "$1" "$out" ;;
	esac
}

# ---- no state directory yet ----------------------------------------------
fresh
by reduced "$UP" al-0
t_is "no state directory: status" 1 "$rc"
says "no state directory: the reason" \
	"*cannot make *tapfilter*: a first run with all capabilities*makes it*"
t_is "no state directory: the tap is closed" "0  down" \
	"$(chains al-0) $(port_of al-0) $(flags al-0)"
t_is "no state directory: none that is wrong is left" "" \
	"$(find /run -name '*tapfilter*')"
by reduced "$DOWN" al-0
t_is "no state directory: down" 1 "$rc"
done_by "the first run" root "$HELPER" gc

# ---- each alone, and what one leaves to the other ------------------------
for a in reduced root; do
	for b in reduced root; do
		fresh
		done_by "up" $a "$UP" al-0
		filtered "up, $a"
		done_by "reload what $a has up" $b "$HELPER" reload al-0
		filtered "reload what $a has up, $b"
		done_by "reload all" $b "$HELPER" reload
		done_by "replace what $a has up" $b "$UP" al-0
		filtered "replace what $a has up, $b"
		done_by "down of what $b has up" $a "$DOWN" al-0
		closed "down of what $b has up, $a"
		fresh
		done_by "up again" $a "$UP" al-0
		done_by "down of what $a has up" $b "$DOWN" al-0
		closed "down of what $a has up, $b"
		done_by "down twice" $b "$DOWN" al-0
	done
done

# ---- a tap that a user has up --------------------------------------------
done_by "the index" root "$HELPER" reload
for a in reduced root; do
	done_by "up" alice "$UP" al-0
	done_by "reload of alice's" $a "$HELPER" reload al-0
	filtered "reload of alice's, $a"
	done_by "down of alice's" $a "$DOWN" al-0
	closed "down of alice's, $a"
	t_is "down of alice's, $a: it is counted no more" 0 "$(claims)"
	done_by "up" alice "$UP" al-0
	done_by "replace alice's" $a "$UP" al-0
	filtered "replace alice's, $a"
	by alice "$DOWN" al-0
	t_is "$a's is not alice's to take down" 3 "$rc"
	filtered "$a's is not alice's to take down"
	done_by "down" $a "$DOWN" al-0
	closed "replaced alice's, down by $a"
	# It is still counted as hers until that matters, or she has it again.
	done_by "up after that" alice "$UP" al-0
	done_by "and down" alice "$DOWN" al-0
	t_is "and down: it is counted no more" 0 "$(claims)"
done

# ---- taps that went without a down ---------------------------------------
# Whoever comes first makes the file that tells where the next one goes on.
for a in reduced root; do
	for b in reduced root; do
		find /run/tapfilter -name .sweep -exec rm {} +
		fresh
		done_by "up" $a "$UP" al-0
		done_by "down" $a "$DOWN" al-0
		su_tap al-1
		su_domain al-1 al-1 lab-db
		done_by "up of another" $a "$UP" al-1
		ip link delete al-1
		for _ in 1 2 3; do
			fresh
			by $b "$UP" al-0
			by $b "$DOWN" al-0
		done
		t_is "$b's up clears what $a left" "0 " \
			"$(chains al-1) $(records al-1)"
		by root "$HELPER" gc
		rm /etc/tapfilter/domains/al-1.xml
	done
done
for a in reduced root; do
	su_tap al-1
	su_domain al-1 al-1 lab-db
	done_by "up of another" alice "$UP" al-1
	ip link delete al-1
	done_by "gc of what alice left" $a "$HELPER" gc
	t_is "gc of what alice left, $a: it is counted no more" 0 "$(claims)"
	t_is "gc of what alice left, $a: done" "0 " \
		"$(chains al-1) $(records al-1)"
	rm /etc/tapfilter/domains/al-1.xml
done

# ---- what may go wrong ---------------------------------------------------
su_domain lab-web al-0 lab-web no-such-profile
fresh
by reduced "$UP" al-0
t_is "a failing profile: status" 1 "$rc"
says "a failing profile: the reason" "*no-such-profile*"
closed "a failing profile"
su_domain lab-web al-0
chmod 600 /etc/tapfilter/profiles/own-mac.xml
chown "$BOB" /etc/tapfilter/profiles/own-mac.xml
by reduced "$UP" al-0
t_is "a profile that is not root's: status" 1 "$rc"
closed "a profile that is not root's"
chown 0 /etc/tapfilter/profiles/own-mac.xml
rc=0
out=$(setpriv --bounding-set=-all,+net_raw --inh-caps=-all \
	"$HELPER" up al-0 2>&1) || rc=$?
t_is "without CAP_NET_ADMIN: status" 3 "$rc"
says "without CAP_NET_ADMIN: the reason" "*CAP_NET_ADMIN is missing*"
su_conf 'backend = xtables'
fresh
by reduced "$UP" al-0
t_is "iptables: status" 1 "$rc"
says "iptables: the reason" \
	"*CAP_NET_RAW is missing, which backend = xtables needs*"
t_is "iptables: the tap is closed" "down " "$(flags al-0) $(port_of al-0)"
t_done
