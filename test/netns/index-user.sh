#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The index of domains for users who cannot make it: what root's reload leaves
# holds for them, whatever was changed before it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
su_setup
for tap in al-0 al-1 al-2; do
	su_tap $tap
done
# As "make install" leaves it: for the resolver, not for the helper's user
DOMAINS=/etc/tapfilter/domains
chgrp 64802 $DOMAINS
chmod 750 $DOMAINS

root() {
	"$HELPER" "$@" >"$T_TMP/root.out" 2>&1
}

# user_up NAME STATUS TAP
user_up() {
	alice up "$3"
	# shellcheck disable=SC2154 # alice sets them
	if [ "$rc" -eq "$2" ]; then
		t_ok "$1"
	else
		t_fail "$1" "status $rc: $err"
	fi
	alice down "$3"
}

user_up "no index yet" 3 al-0
t_true "root's reload" root reload
user_up "a domain that was just written" 0 al-0

su_domain lab-web al-1
user_up "a file that was changed in place: its new tap" 3 al-1
user_up "and its old one" 3 al-0
t_true "root's reload after that" root reload
user_up "its new tap is known" 0 al-1
user_up "its old one is not" 3 al-0

su_domain lab-db al-2
t_true "root's reload after a new file" root reload
user_up "the tap of the new file" 0 al-2

# ---- a fault in place: reported, and all others have their turn ----------
t_true "up" root up al-1
su_profile own-mac "$OTHER"
echo '<domain>' >$DOMAINS/lab-db.xml
t_false "reload with a file that has a fault" root reload
t_true "names the file" grep -q lab-db.xml "$T_TMP/root.out"
t_is "others are reloaded" pass "$("$TF_BUILD/test/netns/tap_probe" al-1 p1 \
	"$OTHER" "$OTHER")"
root down al-1
user_up "and found" 0 al-1
user_up "what has the fault is not" 3 al-2
t_done
