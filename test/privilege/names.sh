#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names of interfaces, bridges and domains that are not plain: refused before
# anything is opened, whatever devices there are, and the log stays one line.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
rc=0 log=''
su_setup
su_taps 1
su_log
hostile=$TF_BUILD/test/privilege/hostile
su_conf "[acl alice]" "uid = $ALICE" "op = up, down, reload, bridge" \
	"domain = lab-web" "tap = al-#, abcdefghijklmno, abcdefghijklmn" \
	"bridge = br0, bcdefghijklmnop"
alice up al-0

# Devices that the kernel takes, and that a pattern or a quote could mean
for i in 'al-*' 'al-+' 'a"b' 'a;b' 'a{b' 'a$b' 'a`b' "a'b" 'a\b' '-x' '*' \
	"$(printf 'a\033b')" "$(printf 'a\233b')" any; do
	ip tuntap add "$i" mode tap user "$ALICE" 2>/dev/null ||
		ip link add name "$i" type veth peer name other 2>/dev/null || :
done
ip link show | grep -c 'al-\*' | grep -q 1 ||
	t_fail "a device called al-*" "$(ip link show)"
su_world >"$T_TMP/before"

# status HEX COMMAND...: of an attempt as alice with one more argument
status() {
	s_hex=$1
	shift
	s_rc=0
	as "$ALICE" "$hostile" "hex=$s_hex" -- "$HELPER" "$@" \
		>>"$T_TMP/out" 2>&1 </dev/null || s_rc=$?
	echo "$s_rc"
}
# plain BYTE FIRST: may it stand in a name, as the first byte?
plain() {
	case $(printf "\\$(printf %o "$1")") in
	[A-Za-z0-9]) return 0 ;;
	[_.-]) [ "$2" = no ] ;;
	*) return 1 ;;
	esac
}

# 29: 2 is what the grammar refuses, 3 what the list does
LC_ALL=C
export LC_ALL
wrong=
i=1
while [ "$i" -lt 256 ]; do
	hex=$(printf %02x "$i")
	want=2
	plain "$i" yes && want=3
	[ "$(status "$hex" up)" = "$want" ] || wrong="$wrong; up $hex"
	want=2
	plain "$i" no && want=3
	[ "$(status "61${hex}62" up)" = "$want" ] || wrong="$wrong; up a${hex}b"
	[ "$(status "78$hex" down)" = "$want" ] || wrong="$wrong; down x$hex"
	i=$((i + 1))
done
t_is "names of each byte: only plain ones get past the grammar" "" "$wrong"
wrong=
for i in . .. ... a.. a/b ../a /a tap%d 'al-*' 'al-+' 'al-#' 'al-?' -- -x \
	--no-link 'a b' ' a' 'a ' all:1 'a
b'; do
	su_hex=$(printf %s "$i" | od -An -tx1 | tr -d ' \n')
	case $i in
	a..) want=3 ;;
	*) want=2 ;;
	esac
	[ "$(status "$su_hex" up)" = "$want" ] || wrong="$wrong; $i"
done
t_is "names that mean something to others" "" "$wrong"

t_is "nothing has changed" "" "$(su_world | diff "$T_TMP/before" -)"
t_is "messages to the caller are printable" "" \
	"$(tr -d '\n\t -~' <"$T_TMP/out")"

# 15 and 16
for i in abcdefghijklmno abcdefghijklmn; do
	su_tap "$i"
	su_domain "$i" "$i" lab-web
done
alice up abcdefghijklmno
t_is "15 bytes are a name" "0 up 2 0" "$rc $(flags abcdefghijklmno) \
$(chains abcdefghijklmno) $(chains abcdefghijklmn)"
su_same "16 are none: up" 2 as "$ALICE" "$HELPER" up abcdefghijklmnop
su_same "16 are none: down" 2 as "$ALICE" "$HELPER" down abcdefghijklmnop
su_same "16 are none: reload" 2 as "$ALICE" "$HELPER" reload abcdefghijklmnop
su_same "16 are none: bridge" 2 as "$ALICE" "$hostile" socket=stream -- \
	"$HELPER" bridge --br=abcdefghijklmnop --fd=3 --domain=lab-web
alice up abcdefghijklmn
alice down abcdefghijklmno
t_is "one that begins like it is another" "0 2 down" \
	"$(chains abcdefghijklmno) $(chains abcdefghijklmn) $(flags \
		abcdefghijklmno)"
alice down abcdefghijklmn
for i in al-00001 al-99999; do
	su_tap "$i"
	su_domain "$i" "$i" lab-web
	alice up "$i"
	t_is "$i is al-#" "0 2" "$rc $(chains "$i")"
	alice down "$i"
done
for i in al-100000 al- al-0a al-a al--1 al-0x1 AL-0 bal-0; do
	su_same "$i is not" 3 as "$ALICE" "$HELPER" up "$i"
done

# ---- 40, T16, T27: the domain of bridge, which may be nearly anything -------------------

su_domain lab-web "" lab-web
: >"$T_TMP/out"
ask() {
	i=1
	while [ "$i" -lt 256 ]; do
		[ "$i" -eq 47 ] || status "2d2d646f6d61696e3d61$(printf %02x \
			"$i")62" bridge --br=br0 --fd=3 >>"$T_TMP/status"
		i=$((i + 1))
	done
}
: >"$T_TMP/status"
log_of ask
t_is "domains of each printable byte are denied, others are no names" "94 160" \
	"$(grep -c '^3$' "$T_TMP/status") $(grep -c '^2$' "$T_TMP/status")"
t_is "one decision in the log for each" 94 \
	"$(echo "$log" | grep -c ' uid=[0-9]* op=bridge .*: denied$')"
t_is "no raw byte in the log" "" "$(grep '<[0-9A-F][0-9A-F]>' "$T_TMP/log" |
	grep -v '^<85>' | head -n 3; grep '^<85>.*<[0-9A-F][0-9A-F]>' \
	"$T_TMP/log" | head -n 3)"
for i in 01 0A 1B 7F 9B FF; do
	t_true "byte $i is written as \\x$i" grep -qF "\"a\\x${i}b\"" "$T_TMP/out"
done
# shellcheck disable=SC2059 # the % is the point
t_is "a format is text" 1 "$(
	: >"$T_TMP/n"
	log_of status "$(printf %s '--domain=%n%s%99999d' | od -An -tx1 |
		tr -d ' \n')" bridge --br=br0 --fd=3 >/dev/null
	echo "$log" | grep -c 'domain="%n%s%99999d"'
)"
t_is "messages to the caller about them are printable" "" \
	"$(tr -d '\n\t -~' <"$T_TMP/out")"
su_same "a domain of 65 bytes" 2 as "$ALICE" "$hostile" socket=stream -- \
	"$HELPER" bridge --br=br0 --fd=3 \
	--domain="$(head -c 65 /dev/zero | tr '\0' a)"

# Text of the domain's file in the log: the tap is granted, the name is not
for i in 'lab-web&#x9b;31m' 'lab-web&#x202e;' 'x&quot; accept' \
	'lab&#9;web' "$(printf 'lab\303\204')" '%n%s'; do
	su_domain al-0 al-0 "$i"
	su_same "a domain called $i" 3 as "$ALICE" "$HELPER" up al-0
done
su_mark
t_is "nor in the log" "" "$(grep -v '^mark' "$T_TMP/log" |
	grep '^<[0-9]*>.*<[0-9A-F][0-9A-F]>' | head -n 3)"
t_is "the tap is as it was" "up br0 2 drop" "$(flags al-0) $(port_of al-0) \
$(chains al-0) $(probe al-0 "$OTHER")"
t_done
