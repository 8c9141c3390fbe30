#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files that decide what is enforced: whatever could be written by another than
# root, in its place or on the way to it, ends an up before it does anything.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
su_setup
su_taps 1
su_log
etc=/etc/tapfilter

# The state directory, and what may stand in its place
alice up al-0
alice down al-0
su_world >"$T_TMP/before"

# refused NAME: an up as alice, and one as root, which says why
refused() {
	alice up al-0
	r_alice=$rc
	r_root=0
	"$HELPER" up al-0 >"$T_TMP/out" 2>&1 </dev/null || r_root=$?
	r_diff=$(su_world | diff "$T_TMP/before" -)
	t_is "$1" "3 1 " "$r_alice $r_root $r_diff"
	[ "$r_root" -ne 0 ] || "$HELPER" down al-0
}
# works NAME
works() {
	alice up al-0
	w_up="$rc $(flags al-0) $(chains al-0)"
	alice down al-0
	t_is "$1" "0 up 2 0 down" "$w_up $rc $(flags al-0)"
}

# matrix NAME PATH MODE: who owns it, who may write it
matrix() {
	for m_i in "chmod g+w" "chmod o+w" "chmod a+w" "chown $ALICE" \
		"chown 64801" "chown 64802"; do
		$m_i "$2"
		refused "$1: $m_i"
		chown 0:0 "$2"
		chmod "$3" "$2"
	done
	for m_i in "chgrp $ALICE" "chmod a-x,u+x" "chmod u-w"; do
		$m_i "$2"
		[ "$m_i" = "chmod a-x,u+x" ] || works "$1: $m_i will do"
		chgrp 0 "$2"
		chmod "$3" "$2"
	done
}
matrix "configuration" $etc/tapfilter.conf 644
matrix "its directory" $etc 755
matrix "profiles" $etc/profiles 755
matrix "a profile" $etc/profiles/own-mac.xml 644
matrix "domains" $etc/domains 755
matrix "a domain" $etc/domains/al-0.xml 644
for i in "/etc" "/run"; do
	for j in "chmod o+w" "chmod 1777" "chown $ALICE"; do
		$j $i
		alice up al-0
		t_is "$i: $j" "3 " "$rc $(su_world | diff "$T_TMP/before" -)"
		chown 0 $i
		chmod 755 $i
	done
done
works "all as it was"

# in_place NAME FILE: something else where the file should be
in_place() {
	mv "$2" "$T_TMP/real"
	cp "$T_TMP/real" "$T_TMP/his"
	chown "$ALICE" "$T_TMP/his"
	mkfifo "$2"
	refused "$1: a FIFO"
	rm "$2"
	mkdir "$2"
	refused "$1: a directory"
	rmdir "$2"
	mknod "$2" c 1 5
	refused "$1: a device"
	rm "$2"
	ln -s /dev/zero "$2"
	refused "$1: a link to a device"
	rm "$2"
	ln -s "$T_TMP/his" "$2"
	refused "$1: a link to a file of the caller's"
	rm "$2"
	cp "$T_TMP/his" "$(dirname "$2")/his"
	chown "$ALICE" "$(dirname "$2")/his"
	ln "$(dirname "$2")/his" "$2"
	refused "$1: a hard link to a file of the caller's"
	rm "$2" "$(dirname "$2")/his"
	ln -s "${2##*/}" "$2"
	refused "$1: a link to itself"
	rm "$2"
	if [ "$1" != configuration ]; then
		: >"$2"
		refused "$1: an empty file"
		rm "$2"
	fi
	head -c 2000000 /dev/zero | tr '\0' ' ' >"$2"
	refused "$1: two megabytes"
	rm "$2"
	refused "$1: nothing"
	cp "$T_TMP/real" "$2"
	chmod 644 "$2"
}
in_place configuration $etc/tapfilter.conf
in_place "a profile" $etc/profiles/own-mac.xml
in_place "a domain" $etc/domains/al-0.xml
for i in profiles domains; do
	mv $etc/$i $etc/real
	cp -r $etc/real "$T_TMP/his-$i"
	chown -R "$ALICE" "$T_TMP/his-$i"
	ln -s "$T_TMP/his-$i" $etc/$i
	refused "$i: a link to a directory of the caller's"
	rm $etc/$i
	mkfifo $etc/$i
	refused "$i: a FIFO"
	rm $etc/$i
	ln -s real $etc/$i
	works "$i: a link of root's beside it will do"
	rm $etc/$i
	refused "$i: nothing"
	mv $etc/real $etc/$i
done
works "all as it was"

# What its reader cannot read is an error that says so.
for i in profiles/own-mac.xml domains/al-0.xml; do
	chmod 600 $etc/$i
	refused "$i: for root's eyes only"
	case $(cat "$T_TMP/out") in
	*"ermission denied"*) t_ok "$i: and root is told" ;;
	*) t_fail "$i: and root is told" "$(cat "$T_TMP/out")" ;;
	esac
	chmod 644 $etc/$i
done

# ---- the configuration as a whole ------------------------------------------------------

# A fault anywhere in it denies everything.
cp $etc/tapfilter.conf "$T_TMP/conf"
while read -r name text; do
	{
		cat "$T_TMP/conf"
		printf '%b\n' "$text"
	} >$etc/tapfilter.conf
	refused "configuration: $name"
done <<END
unknown-key [acl x]\nuid = 1\nop = up\ndomain = d\ntap = t\nfoo = bar
unknown-section [foo x]
repeated-label [acl alice]\nuid = 1\nop = up\ndomain = d\ntap = t
unknown-user [acl x]\nuser = nobody-of-that-name\nop = up\ndomain = d\ntap = t
empty-list [acl x]\nuid = 1\nop =\ndomain = d\ntap = t
missing-key [acl x]\nuid = 1\nop = up\ntap = t
indented   [acl x]\n  uid = 1
no-value [acl x]\nuid
NUL [acl x]\n#\0000
CR [acl x]\r\nuid = 1\r
ESC # \0033[31m
long-comment # $(head -c 220 /dev/zero | tr '\0' x)
half-a-section [acl x
END
cp "$T_TMP/conf" $etc/tapfilter.conf
printf '\357\273\277' | cat - "$T_TMP/conf" >$etc/tapfilter.conf
refused "configuration: a byte order mark"
cp "$T_TMP/conf" $etc/tapfilter.conf

# ---- the state directory ---------------------------------------------------------------

net=$(echo /run/tapfilter/net-*)
gid=$(stat -c %g /run/tapfilter)
for i in /run/tapfilter "$net"; do
	for j in "chmod 2777" "chmod 2755" "chmod 2700" "chmod 2775" \
		"chown $ALICE" "chown 64801" "chgrp $ALICE" "chgrp 0"; do
		${j% *} "${j#* }" "$i"
		refused "state, ${i##*/}: $j"
		chown "0:$gid" "$i"
		chmod 2770 "$i"
	done
done
mv /run/tapfilter /run/real
mkdir -m 777 "$T_TMP/plant"
for i in "ln -s $T_TMP/plant" "ln -s real" "mkfifo" "touch"; do
	# shellcheck disable=SC2086 # words
	$i /run/tapfilter
	alice up al-0
	t_is "state directory: $i" "3 down 0 0" "$rc $(flags al-0) \
$(chains al-0) $(find "$T_TMP/plant" -type f | wc -l)"
	rm /run/tapfilter
done
mv /run/real /run/tapfilter
# Only root and the helper's own user can have put these there; none is
# followed, none is waited for.
echo untouched >"$T_TMP/target"
for i in .lock.al-0 .tmp.al-0 al-0 .sweep .egress ".uid.$ALICE" ".uid.$ALICE-lock"; do
	for j in "ln -s $T_TMP/target" "mkfifo -m 666" "mkdir"; do
		rm -rf "${net:?}/$i"
		# shellcheck disable=SC2086 # words
		$j "$net/$i"
		alice up al-0
		case "$rc $(flags al-0) $(chains al-0)" in
		"0 up 2" | "3 down 0" | "1 down 0") ;;
		*) t_fail "state, $i: $j" \
			"$rc $(flags al-0) $(chains al-0)" ;;
		esac
		[ "$(cat "$T_TMP/target")" = untouched ] ||
			t_fail "state, $i: $j: not followed" ""
		rm -rf "${net:?}/$i"
		"$HELPER" down al-0 2>/dev/null
	done
	t_ok "state, $i: a link, a FIFO, a directory in its place"
done
works "all as it was"

# Others cannot even look, nor hold a lock.
alice up al-0
for i in /run/tapfilter "$net"; do
	t_false "others cannot list $(basename "$i")" as "$BOB" ls "$i"
done
for i in .lock.al-0 al-0; do
	t_false "others cannot open $i" as "$BOB" head -c 1 "$net/$i"
	t_false "its own user cannot open $i" as "$ALICE" head -c 1 "$net/$i"
	t_false "nor lock $i" as "$ALICE" flock -n "$net/$i" true
done
alice down al-0

# ---- what root says himself ------------------------------------------------------------

cp $etc/tapfilter.conf "$T_TMP/conf"
mkdir -m 1777 "$T_TMP/sticky"
mkdir -m 777 "$T_TMP/open"
for i in sticky open; do
	cp $etc/tapfilter.conf "$T_TMP/$i/conf"
	rc=0
	"$HELPER" --config "$T_TMP/$i/conf" up al-0 >/dev/null 2>&1 || rc=$?
	echo "$rc $(flags al-0)" >"$T_TMP/is-$i"
	"$HELPER" down al-0
done
t_is "root's file in a sticky directory will do" "0 up" \
	"$(cat "$T_TMP/is-sticky")"
t_is "one in an open directory does not" "1 down" "$(cat "$T_TMP/is-open")"
chown "$ALICE" "$T_TMP/sticky/conf"
su_same "another's in a sticky one does not" 1 \
	"$HELPER" --config "$T_TMP/sticky/conf" up al-0
ln -s "$T_TMP/sticky/conf" "$T_TMP/open/link"
su_same "nor does a link that anybody could have made" 1 \
	"$HELPER" --config "$T_TMP/open/link" up al-0
t_done
