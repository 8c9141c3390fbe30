#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Two network namespaces over the same files: taps of the same name have nothing
# to do with each other, not even by the kernel's own files of the wrong one.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
t_need nsenter
su_setup
su_taps 2
su_conf "[acl alice]" "uid = $ALICE" "op = up, down, reload" \
	"domain = lab-web" "tap = al-#" "bridge = br0" "max-active = 1" \
	"[acl bob]" "uid = $BOB" "op = up, down, reload" "domain = lab-web" \
	"tap = al-#" "bridge = br0" "max-active = 1"

unshare -n sleep 300 </dev/null >/dev/null 2>&1 &
there=$!
su_kill_later "$there"
# shellcheck disable=SC2016 # it is the inner shell's
su_wait "another namespace" sh -c '[ "$(readlink /proc/self/ns/net)" != \
	"$(readlink /proc/'"$there"'/ns/net)" ]'
# away COMMAND...: in it
away() {
	nsenter --net="/proc/$there/ns/net" "$@"
}
away ip link add br0 type bridge mcast_snooping 0
away ip link set br0 up
for i in al-0 al-1; do
	away ip tuntap add "$i" mode tap user "$ALICE"
done
here_is() {
	echo "$(flags al-0) $(port_of al-0) $(chains al-0)"
}
away_is() {
	a_link=$(away ip -o link show "${1:-al-0}")
	case $a_link in
	*[,\<]UP[,\>]*) a_up=up ;;
	*) a_up=down ;;
	esac
	echo "$a_up $(echo "$a_link" | sed -n 's/.* master \([^ ]*\) .*/\1/p')" \
		"$(away nft list ruleset | grep -c "^	chain ${1:-al-0}-")"
}
try() {
	rc=0
	"$@" >"$T_TMP/out" 2>&1 </dev/null || rc=$?
}

try as "$ALICE" "$HELPER" up al-0
t_is "up here: here it is up" "0 up br0 2" "$rc $(here_is)"
t_is "up here: nothing there" "down  0" "$(away_is)"
t_is "up here: the name is not known there" "0 1" \
	"$(away nft list ruleset | grep -c .) $(find /run/tapfilter -name al-0 \
		-path '*/net-*/al-0' -not -path '*/.uid*' | wc -l)"
try away setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" down al-0
t_is "down there does nothing here" "0 up br0 2" "$rc $(here_is)"
try away setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" up al-0
t_is "max-active is counted there anew" "0 up br0 2" "$rc $(away_is)"
t_is "two records" 2 "$(find /run/tapfilter -path '*/net-*/al-0' \
	-not -path '*/.uid*' | wc -l)"
try as "$ALICE" "$HELPER" up al-1
t_is "and here what is here" 3 "$rc"
try away setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" up al-1
t_is "and there what is there" "3 down  0" "$rc $(away_is al-1)"
nft -s list ruleset >"$T_TMP/before"
try away setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" reload al-0
t_is "reload there leaves the rules here" "0 " \
	"$rc $(nft -s list ruleset | diff "$T_TMP/before" -)"
away ip link del al-0
try away "$HELPER" gc
t_is "gc there: its own, and only that" "0 up br0 2 1" \
	"$rc $(here_is) $(find /run/tapfilter -path '*/net-*/al-0' \
		-not -path '*/.uid*' | wc -l)"
try away "$HELPER" reload
try as "$ALICE" "$HELPER" down al-0
t_is "down here" "0 down  0 " "$rc $(here_is) $(su_state)"

# Whose is it?  Here alice's, there bob's, and the other way round
away ip tuntap add al-0 mode tap user "$BOB"
mkdir "$T_TMP/sys"
mount -t sysfs sys "$T_TMP/sys"
mount --bind "$T_TMP/sys" /sys
t_is "/sys is this namespace's" "$ALICE" "$(cat /sys/class/net/al-0/owner)"
try away setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" up al-0
t_is "the owner there is asked, not /sys" "3 down  0" "$rc $(away_is)"
try away setpriv --reuid="$BOB" --regid="$BOB" --clear-groups \
	"$HELPER" up al-0
t_is "and the owner there may" "0 up br0 2" "$rc $(away_is)"
try as "$BOB" "$HELPER" up al-0
t_is "who may there may not here" "3 down  0" "$rc $(here_is)"
try as "$BOB" "$HELPER" down al-0
t_is "his down here does nothing there" "0 up br0 2" "$rc $(away_is)"
# A descriptor of the tap there is no proof here.
su_conf "[acl alice]" "uid = $ALICE" "op = up" "domain = lab-web" \
	"tap = al-#" "bridge = br0" "require = fd"
away ip tuntap del al-1 mode tap
away ip tuntap add al-1 mode tap user "$ALICE"
try away "$TF_BUILD/test/privilege/hostile" tap=al-1 -- \
	/usr/bin/nsenter --net="/proc/$$/ns/net" \
	setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" up al-1
t_is "a descriptor from there proves nothing here" "3 down" "$rc $(flags al-1)"
try "$TF_BUILD/test/privilege/hostile" tap=al-1 -- \
	/usr/bin/setpriv --reuid="$ALICE" --regid="$ALICE" --clear-groups \
	"$HELPER" up al-1
t_is "one from here does" "0 up" "$rc $(flags al-1)"
umount /sys
t_done
