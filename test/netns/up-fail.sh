#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An up that fails leaves a new tap closed, and a filtered one as it was.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup

# fails NAME MESSAGE ARG...: exit status 1, and that in what it says
fails() {
	f_name=$1
	f_want=$2
	shift 2
	f_rc=0
	f_out=$(helper "$@" 2>&1) || f_rc=$?
	t_is "$f_name: status" 1 "$f_rc"
	case $f_out in
	*"$f_want"*) t_ok "$f_name: message" ;;
	*) t_fail "$f_name: message" "wanted: $f_want
got:    $f_out" ;;
	esac
}

has_record() {
	if [ -e "$T_STATE/$1" ]; then
		echo recorded
	else
		echo unrecorded
	fi
}

# closed NAME: tap0 is down, free, without rules and without a record
closed() {
	t_is "$1: link, bridge, chains, record" "down  0 unrecorded" \
		"$(flags tap0) $(port_of tap0) $(chains tap0) $(has_record tap0)"
}

# as_it_was NAME: tap0 is filtered as own-mac says
as_it_was() {
	t_is "$1: link, bridge, chains" "up br0 2" \
		"$(flags tap0) $(port_of tap0) $(chains tap0)"
	t_is "$1: record" "$sum" "$(cksum <"$T_STATE/tap0")"
	t_is "$1: a frame of the guest" pass "$(probe tap0 "$GUEST")"
	t_is "$1: another frame" drop "$(probe tap0 "$OTHER")"
}

# What a place needs of the bridge is told first.
no_br9='no bridge "br9"'
no_kind='kind "veth"'
no_linux="not a Linux bridge"
case ${TF_PLACES:-} in
state | ingress)
	no_br9="needs the bridge of the interface, which is not there"
	no_kind=$no_br9
	no_linux=$no_br9
	;;
esac

cat >"$T_TMP/profiles/broken.xml" <<EOF
<FilterPool name='broken'>
  <FilterEntry><Action>PERHAPS</Action></FilterEntry>
</FilterPool>
EOF

# ---- first up ------------------------------------------------------------
# Each with a tap that is up and in the bridge: that is what must not stay.
opened() {
	ip link set tap0 master br0 up
}

up_domain tap0 br0 broken
opened
fails "a faulty profile" "broken.xml:2: " up tap0
closed "a faulty profile"
up_domain tap0 br0 missing
opened
fails "a missing profile" missing up tap0
closed "a missing profile"
opened
fails "a tap in use" "tap0 is closed, set down and in no bridge" up tap0
closed "a tap in use"
f_out=$(helper up tap0 2>&1)
case $f_out in
*"is closed"*) t_fail "what was closed before is no news" "$f_out" ;;
*) t_ok "what was closed before is no news" ;;
esac
rm "$T_TMP/domains/of-tap0.xml"
opened
fails "nobody claims it" "no domain in $T_TMP/domains has" up tap0
closed "nobody claims it"
up_domain tap0 br9 own-mac
opened
fails "no such bridge" "$no_br9" up tap0
closed "no such bridge"
up_domain tap0 p1 own-mac
opened
fails "not a bridge" "$no_kind" up tap0
closed "not a bridge"
up_domain tap0 br0 own-mac
sed 's/<firewall/<firewal/; s/<.firewall/<\/firewal/' \
	"$T_TMP/domains/of-tap0.xml" >"$T_TMP/misspelt.xml"
opened
fails "a misspelt element" "misspelt.xml:1: " \
	up --domain "$T_TMP/misspelt.xml" tap0
closed "a misspelt element"
sed 's/tap0/tap1/g' "$T_TMP/domains/of-tap0.xml" >"$T_TMP/other.xml"
opened
fails "a domain of another tap" tap0 up --domain "$T_TMP/other.xml" tap0
closed "a domain of another tap"
opened
fails "a domain that is a directory" "not a regular file" \
	up --domain "$T_TMP/domains" tap0
helper down tap0
cp "$T_TMP/domains/of-tap0.xml" "$T_TMP/domains/twice.xml"
opened
fails "two domains claim it" twice.xml up tap0
closed "two domains claim it"
rm "$T_TMP/domains/twice.xml"

# --no-link leaves it alone even then
up_domain tap0 br0 broken
opened
fails "a faulty profile with --no-link" "broken.xml:2: " up --no-link tap0
t_is "a faulty profile with --no-link: link, bridge, chains" "up br0 0" \
	"$(flags tap0) $(port_of tap0) $(chains tap0)"

# A device that is not ours to close: nothing is changed
up_domain tap0 br0 own-mac
fails "no such device" 'no device "tap9"' up tap9
fails "a veth" '"p0" is not a tap' up p0
t_is "a veth: link" "up br0" "$(flags p0) $(port_of p0)"
fails "down of a veth" '"p0" is not a tap' down p0
ip tuntap add tun0 mode tun
ip link set tun0 up
fails "a tun" '"tun0" is not a tap' up tun0
t_is "a tun: link" up "$(flags tun0)"

# The lock cannot be had, the state directory cannot be used
rmdir "$T_STATE/.lock.tap0" 2>/dev/null || rm -f "$T_STATE/.lock.tap0"
mkdir "$T_STATE/.lock.tap0"
opened
fails "no lock" ".lock.tap0" up tap0
closed "no lock"
ip link set tun0 up
fails "no lock: a tun" '"tun0" is not a tap' up tun0
t_is "no lock: a tun: link" up "$(flags tun0)"
rmdir "$T_STATE/.lock.tap0"
chmod 0755 "$T_TMP/state"
opened
fails "an open state directory" "must be root:64801 and 0770" up tap0
closed "an open state directory"
fails "an open state directory: a veth" "must be root:64801 and 0770" up p0
t_is "an open state directory: a veth: link" "up br0" \
	"$(flags p0) $(port_of p0)"
opened
fails "an open state directory with --no-link" "must be root:64801 and 0770" up --no-link tap0
t_is "an open state directory with --no-link: link" "up br0" \
	"$(flags tap0) $(port_of tap0)"
chmod 0770 "$T_TMP/state"

# ---- a bad configuration -------------------------------------------------
cp "$T_TMP/conf" "$T_TMP/good"
fault="conf:$(($(wc -l <"$T_TMP/good") + 1)): unknown key"
echo 'max-rule = 5' >>"$T_TMP/conf"
opened
fails "a faulty configuration" "$fault" up tap0
closed "a faulty configuration"
opened
fails "a faulty configuration, down" "$fault" down tap0
cp "$T_TMP/good" "$T_TMP/conf"

# Chains of ours in which somebody left nothing
helper up tap0
nft list tables | while read -r _ family table; do
	nft flush table "$family" "$table"
done
! with xtables-state || for i in iptables ip6tables; do
	$i-legacy -t mangle -F
done
up_domain tap0 br0 broken
fails "emptied chains" "broken.xml:2: " up tap0
closed "emptied chains"
up_domain tap0 br0 own-mac

# ---- replacement ---------------------------------------------------------
t_true "up" helper up tap0
sum=$(cksum <"$T_STATE/tap0")
as_it_was "up"
echo 'max-rule = 5' >>"$T_TMP/conf"
fails "replace: a faulty configuration" "$fault" up tap0
cp "$T_TMP/good" "$T_TMP/conf"
as_it_was "replace: a faulty configuration"
mv "$T_STATE/.lock.tap0" "$T_TMP/lock"
mkdir "$T_STATE/.lock.tap0"
fails "replace: no lock" ".lock.tap0" up tap0
rmdir "$T_STATE/.lock.tap0"
mv "$T_TMP/lock" "$T_STATE/.lock.tap0"
as_it_was "replace: no lock"
up_domain tap0 br0 broken
fails "replace: a faulty profile" "broken.xml:2: " up tap0
as_it_was "replace: a faulty profile"
fails "reload: a faulty profile" "broken.xml:2: " reload tap0
as_it_was "reload: a faulty profile"
up_domain tap0 br0 missing
fails "replace: a missing profile" missing up tap0
as_it_was "replace: a missing profile"
# The new rules are in the kernel when these two fail.
up_profile let-other "$OTHER"
place_can unpinned && other=let-other || other="let-other own-mac"
# shellcheck disable=SC2086 # names
up_domain tap0 br9 $other
fails "replace: no such bridge" "$no_br9" up tap0
as_it_was "replace: no such bridge"
# shellcheck disable=SC2086 # names
up_domain tap0 p1 $other
fails "replace: not a bridge" "$no_linux" up tap0
as_it_was "replace: not a bridge"
rm "$T_TMP/domains/of-tap0.xml"
fails "replace: nobody claims it" "no domain in" up tap0
as_it_was "replace: nobody claims it"
# shellcheck disable=SC2086 # names
up_domain tap0 br0 $other
chmod 0755 "$T_TMP/state"
fails "replace: an open state directory" "must be root:64801 and 0770" up tap0
as_it_was "replace: an open state directory"
chmod 0770 "$T_TMP/state"

# A record that cannot be written, with the new rules in place and perhaps in
# another bridge already: all comes back.
up_bridge br1
ip link set br1 up
mkdir "$T_TMP/small"
mount -t tmpfs -o mode=700,size=64k none "$T_TMP/small"
cp -a "$T_TMP/state/." "$T_TMP/small/"
mount --bind "$T_TMP/small" "$T_TMP/state"
dd if=/dev/zero of="$T_STATE/.fill" bs=4k 2>/dev/null
fails "replace: no space for the record" "No space left" up tap0
as_it_was "replace: no space for the record"
# The guest has another MAC now: only the old one is pinned afterwards.
sed -i "s/$GUEST/$OTHER/" "$T_TMP/domains/of-tap0.xml"
sed -i "s/let-other/own-mac/" "$T_TMP/domains/of-tap0.xml"
fails "replace with another MAC: no space" "No space left" \
	up --domain "$T_TMP/domains/of-tap0.xml" tap0
as_it_was "replace with another MAC: no space"
t_is "replace with another MAC: forwarding entries" "$GUEST" "$(bridge fdb \
	show dev tap0 | sed -n 's/^\(52[^ ]*\) .*static.*/\1/p' | xargs)"
# shellcheck disable=SC2086 # names
up_domain tap0 br1 $other
rm "$T_STATE/.fill"
helper up nothing 2>/dev/null
dd if=/dev/zero of="$T_STATE/.fill" bs=4k 2>/dev/null
fails "replace in another bridge: no space" "No space left" \
	up --domain "$T_TMP/domains/of-tap0.xml" tap0
as_it_was "replace in another bridge: no space"
t_true "replace in another bridge: forwarding entry" sh -c \
	"bridge fdb show dev tap0 | grep -q '^$GUEST .*static'"
rm "$T_STATE/.fill"
umount "$T_TMP/state"
umount "$T_TMP/small"

# ---- usage ---------------------------------------------------------------
usage() {
	u_name=$1
	shift
	u_rc=0
	"$TF_BUILD/tapfilter-helper" "$@" >"$T_TMP/out" 2>&1 || u_rc=$?
	t_is "usage: $u_name" 2 "$u_rc"
}

# status COMMAND...: its exit status
status() {
	s_rc=0
	"$@" >"$T_TMP/out" 2>&1 || s_rc=$?
	echo "$s_rc"
}

usage "nothing"
usage "no tap" up
usage "two taps" up a b
usage "a later command" bridge --br=br0 --fd=3
usage "an abbreviated option" up --no-lin tap0
usage "an option with =" --config="$T_TMP/conf" up tap0
usage "an option twice" up --no-link --no-link tap0
usage "an option of another command" down --domain x tap0
usage "an option behind the tap" up tap0 --no-link
usage "no value" --config
usage "an empty tap" up ''
usage "a long tap" up 0123456789abcdef
usage "a pattern" down 'tap*'
usage "a path" down ../tap0
usage "reload: a tap twice" reload tap0 tap0
as_it_was "after all of these"
t_is "--help" 0 "$(status "$TF_BUILD/tapfilter-helper" --help)"
t_is "--version" "tapfilter-helper sandbox:" \
	"$("$TF_BUILD/tapfilter-helper" --version | cut -d' ' -f1 | xargs)"
t_is "--help to a full device" 1 "$(status sh -c '"$0" --help >/dev/full' \
	"$TF_BUILD/tapfilter-helper")"

if command -v setpriv >/dev/null; then
	cp "$TF_BUILD/tapfilter-helper" "$T_TMP/plain"
	cp "$TF_BUILD/tapfilter-helper" "$T_TMP/setuid"
	chmod 755 "$T_TMP" "$T_TMP/plain"
	chmod 4755 "$T_TMP/setuid"
	for i in plain setuid; do
		t_is "not root, $i: status" 3 "$(status setpriv --reuid=1 \
			--regid=1 --clear-groups "$T_TMP/$i" down tap0)"
	done
else
	t_skip "not root: status" "setpriv is not installed"
fi
t_done
