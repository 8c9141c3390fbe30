#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a user is told when it goes wrong: the same whatever the reason, and
# nothing of what is in a file, or whether there is one.  Root finds it in the
# log.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
err='' log=''
su_setup
su_taps 2
su_log
etc=/etc/tapfilter
secret=s3cr3t-0x5eed

# told NAME IN-THE-LOG: an up that fails; $all has what was said each time
all=$T_TMP/all
: >"$all"
told() {
	log_of alice up al-0
	printf '%s %s\n' "$rc" "$err" >>"$all"
	case $err in
	*"$secret"*) t_fail "$1: tells no secret" "$err" ;;
	esac
	t_is "$1" "3 tapfilter-helper: up al-0: not allowed; the system log says why
down 0" "$rc $err
$(flags al-0) $(chains al-0)"
	case $log in
	*"$2"*) t_ok "$1: the log says why" ;;
	*) t_fail "$1: the log says why" "$log" ;;
	esac
}
domain=$etc/domains/al-0.xml
cp $domain "$T_TMP/domain"
cp $etc/profiles/own-mac.xml "$T_TMP/profile"

rm $domain
told "no domain" "op=up tap=al-0"
echo "$secret" >$domain
told "a domain that is no XML" "al-0.xml:1"
echo "<domain><name>$secret</name>" >$domain
told "half a domain" "al-0.xml:"
su_domain al-0 al-0 "$secret"
told "a domain that is not granted" "$secret"
su_domain al-0 al-9 lab-web
told "a domain without that tap" "al-0"
su_domain al-0 al-0 lab-web "$secret"
told "a profile that is not there" "$secret"
su_domain al-0 al-0 lab-web own-mac "$GUEST" "$secret"
told "a bridge that is not granted" "no [acl] section"
cp "$T_TMP/domain" $domain
chmod 600 $domain
told "a domain that the parser cannot read" "ermission denied"
chmod 646 $domain
told "a domain that others can write" "writable"
chmod 644 $domain
rm $domain
mkdir $domain
told "a domain that is a directory" "al-0.xml"
rmdir $domain
ln -s /etc/shadow $domain
told "a domain that is another file" "al-0.xml"
rm $domain
cp "$T_TMP/domain" $domain
echo "<FilterPool name='own-mac'>$secret</FilterPool>" \
	>$etc/profiles/own-mac.xml
told "a profile with a fault" "own-mac.xml"
echo "<FilterPool name='own-mac'><$secret/></FilterPool>" \
	>$etc/profiles/own-mac.xml
told "a profile with an unknown element" "$secret"
chmod 600 $etc/profiles/own-mac.xml
told "a profile that the parser cannot read" "ermission denied"
rm $etc/profiles/own-mac.xml
told "no profile" "own-mac"
cp "$T_TMP/profile" $etc/profiles/own-mac.xml
cp $etc/tapfilter.conf "$T_TMP/conf"
echo "$secret = 1" >>$etc/tapfilter.conf
told "a configuration with a fault" "$secret"
rm $etc/tapfilter.conf
told "no configuration" "tapfilter.conf"
cp "$T_TMP/conf" $etc/tapfilter.conf
su_conf "[acl alice]" "uid = $BOB" "op = up" "domain = lab-web" "tap = al-#"
told "no section" "no [acl] section"
su_conf "[acl alice]" "uid = $ALICE" "op = up" "domain = lab-web" \
	"tap = al-#" "bridge = br0" "[deny $secret]" "tap = al-0"
told "a section that denies" "$secret"
cp "$T_TMP/conf" $etc/tapfilter.conf
ip link del al-0
ip tuntap add al-0 mode tap user "$BOB"
told "another user's tap" "al-0 does not belong"
ip link del al-0
ip tuntap add al-0 mode tun user "$ALICE"
told "no tap" "not a tap"
ip link del al-0
told_gone() {
	log_of alice up al-0
	t_is "no device" "3 tapfilter-helper: up al-0: not allowed; the system log says why" \
		"$rc $err"
	printf '%s %s\n' "$rc" "$err" >>"$all"
}
told_gone
su_tap al-0
t_is "it was the same each time" 1 "$(sort -u "$all" | wc -l)"

# bridge: names of domains cannot be tried out
all=$T_TMP/all-bridge
for i in lab-web lab-db nothing 'a b' al-0; do
	su_domain lab-web "" lab-web "$secret"
	rc=0
	as "$ALICE" "$TF_BUILD/test/privilege/hostile" socket=stream -- \
		"$HELPER" bridge --br=br0 --fd=3 --domain="$i" \
		>"$T_TMP/err" 2>&1 </dev/null || rc=$?
	printf '%s %s\n' "$rc" "$(cat "$T_TMP/err")" >>"$all"
done
t_is "the domains of bridge cannot be tried out" 1 "$(sort -u "$all" | wc -l)"

# What only root may say is refused before the file that it names is read
echo "$secret" >$etc/root-only
chmod 600 $etc/root-only
for i in "--config $etc/root-only up" "up --domain $etc/root-only"; do
	# shellcheck disable=SC2086 # in words
	log_of alice $i al-0
	case $rc$log in
	3*"$secret"*) t_fail "$i: the log tells no secret" "$log" ;;
	3*"is for root"*) t_ok "$i: refused unread" ;;
	*) t_fail "$i: refused unread" "status $rc, log: $log" ;;
	esac
done
rm $etc/root-only

# What he may have and what goes wrong is another thing, and still no secret
chmod 700 /run/tapfilter
alice down al-0
t_is "down with a state directory that is not right" \
	"1 tapfilter-helper: down al-0: failed; the system log says why" \
	"$rc $err"
chmod 2770 /run/tapfilter

# Root sees it all
rm $domain
echo "$secret" >$domain
rc=0
"$HELPER" up al-0 >"$T_TMP/err" 2>&1 </dev/null || rc=$?
case "$rc $(cat "$T_TMP/err")" in
1*"al-0.xml:1"*) t_ok "root is told where" ;;
*) t_fail "root is told where" "$rc $(cat "$T_TMP/err")" ;;
esac
cp "$T_TMP/domain" $domain

# T38: standard input that never ends is not waited for, and is no secret's door
mkfifo "$T_TMP/never"
sleep 300 >"$T_TMP/never" &
su_kill_later $!
su_same "a domain that never comes" 1 sh -c \
	"exec $HELPER up --domain - al-0 <'$T_TMP/never'"
case $err in
*"standard input"*) t_ok "and says what it waited for" ;;
*) t_fail "and says what it waited for" "$err" ;;
esac

# Each decision: one line with all that it is about
log_of alice up al-0
t_is "an up is one line in the log" "tapfilter-helper: uid=$ALICE \
op=up tap=al-0 bridge=- domain=\"lab-web\" section=alice: done" "$log"
log_of alice down al-0
t_is "a down is one line in the log" "tapfilter-helper: uid=$ALICE \
op=down tap=al-0 bridge=- domain=\"-\" section=alice: done" "$log"
log_of "$HELPER" up al-0
"$HELPER" down al-0
t_is "root's, too" 1 "$(echo "$log" | grep -c 'uid=0 op=up tap=al-0 .*: done$')"
# Without syslog it still does its work, and says nothing more.
rm /dev/log
alice up al-0
t_is "without syslog" "0 up " "$rc $(flags al-0) $err"
alice down al-0
t_done
