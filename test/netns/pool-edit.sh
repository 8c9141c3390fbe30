#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# edit, and two administrators at once.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/pool.sh"
t_ns "$@"
t_need script
pool_setup
drop_arp no-arp >"$OWN/no-arp.xml"
unset VISUAL SUDO_USER

# editor NAME: an editor that runs standard input with the file as $1
editor() {
	{
		echo '#!/bin/sh'
		cat
	} >"$T_TMP/$1"
	chmod +x "$T_TMP/$1"
}

# typed TEXT ARG...: tapfilter at a terminal where that is typed, into $out
typed() {
	y_text=$1
	shift
	# shellcheck disable=SC2016
	# shellcheck disable=SC2034 # says reads it
	out=$(printf "$y_text" | TF_ARGS="$*" script -qec \
		'"$TF_BUILD/tapfilter" --config "$T_TMP/conf" $TF_ARGS' \
		/dev/null | tr -d '\r')
}

copies() {
	find /var/tmp -mindepth 1 | wc -l
}

editor good <<'END'
sed -i 's/outgoing/incoming/' "$1"
END
editor bad <<'END'
sed -i 's/DROP/DRIP/' "$1"
END
editor second <<'END'
if [ -e "$T_TMP/again" ]; then
	sed -i 's/DRIP/DROP/;s/incoming/outgoing/' "$1"
else
	cp "$1" "$T_TMP/again"
	sed -i 's/DROP/DRIP/' "$1"
fi
END
export T_TMP

# ---- one that is valid -----------------------------------------------------------
EDITOR=$T_TMP/good ends 0 "edit" tf edit no-arp
t_true "what was edited is there" grep -q incoming "$OWN/no-arp.xml"
EDITOR=true ends 0 "edit that changes nothing" tf edit no-arp
says "it says so" "note: no-arp is as it was"
EDITOR='sed -i -e s/incoming/outgoing/' ends 0 "an editor with options" \
	tf edit no-arp
t_true "they were used" grep -q outgoing "$OWN/no-arp.xml"
VISUAL=$T_TMP/good EDITOR=false ends 0 "VISUAL goes before EDITOR" \
	tf edit no-arp
EDITOR=$T_TMP/good ends 0 "edit of a shipped one" tf edit ipv4-only
says "it becomes one of one's own" \
	"note: $OWN/ipv4-only.xml wins over the one in $SHIPPED"
t_true "the shipped one is as it was" \
	cmp "$TF_TOP/templates/ipv4-only.xml" "$SHIPPED/ipv4-only.xml"
t_is "no copies are left" 0 "$(copies)"

# ---- one that is not ---------------------------------------------------------------
export EDITOR="$T_TMP/bad"
same "edit to what has a fault" tf edit no-arp
says "it says what, and where it is kept" "/var/tmp/tapfilter-*/no-arp.xml:3: \
*'DRIP'*no-arp was not changed*what you edited is in /var/tmp/*update /var/*"
kept=$(find /var/tmp -name no-arp.xml)
t_true "it is there" grep -q DRIP "$kept"
t_is "for root alone" 700 "$(stat -c %a "$(dirname "$kept")")"
rm -r /var/tmp/*
EDITOR=false same "an editor that fails" tf edit no-arp
says "it says so, and where the copy is" "*(false) failed*is in /var/tmp/*"
rm -r /var/tmp/*
EDITOR='sed -i -e s/no-arp/other/' same "edit of the name" tf edit no-arp
says "it says what it must be" "*name='other' must be 'no-arp'*"
rm -r /var/tmp/*
EDITOR='truncate -s 0' same "edit to nothing at all" tf edit no-arp
rm -r /var/tmp/*
EDITOR="rm -f" same "edit to no file" tf edit no-arp
rm -r /var/tmp/*
same "edit of what is not there" tf edit nowhere
ends 2 "edit of a path" tf edit ../conf
t_is "no copies of those" 0 "$(copies)"

# ---- again -------------------------------------------------------------------------
export EDITOR="$T_TMP/second"
typed 'y\n' edit no-arp
says "a terminal is asked" "*'DRIP'*Edit it again?*"
t_true "the second attempt is there" grep -q outgoing "$OWN/no-arp.xml"
t_false "the first one is not" grep -q DRIP "$OWN/no-arp.xml"
t_is "no copy is left" 0 "$(copies)"
rm "$T_TMP/again"
typed 'n\n' edit no-arp
says "no: it is kept" "*Edit it again?*what you edited is in /var/tmp/*"
t_true "the old one is there" grep -q DROP "$OWN/no-arp.xml"
rm -r /var/tmp/*

# ---- two at once -------------------------------------------------------------------
editor other <<'END'
drop='<FilterPool name="late"><FilterEntry><Action>DROP</Action>
<TrafficType>outgoing</TrafficType></FilterEntry></FilterPool>'
echo "$drop" >"$T_TMP/late.xml"
for i in "create $T_TMP/late.xml" "destroy no-arp" "edit no-arp"; do
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" $i 2>&1
	echo "status $?"
done >"$T_TMP/other.out"
END
export EDITOR="$T_TMP/other"
before=$(own)
SUDO_USER=alice tf edit no-arp 2>/dev/null
t_is "no other command changes anything meanwhile" "$before" "$(own)"
t_is "each says who is at it" 3 "$(grep -c "^tapfilter: [a-z]* (pid [0-9]*, \
edit no-arp) is changing profiles since [0-9:]*; try again later$" \
	"$T_TMP/other.out")"
t_is "and fails" 3 "$(grep -c '^status 1$' "$T_TMP/other.out")"
if [ "$(cat /proc/self/loginuid)" = 4294967295 ]; then
	t_true "who used sudo is named" grep -q ' alice (pid' "$T_TMP/other.out"
else
	t_false "who logged in is named, whatever sudo says" \
		grep -q ' alice (pid' "$T_TMP/other.out"
fi
t_is "the lock goes with the command" "" \
	"$(find "$OWN" -mindepth 1 -name '.*')"

# What a command that was killed left
mkdir "$OWN/.tapfilter-new"
cp "$OWN/no-arp.xml" "$OWN/.tapfilter-new/old"
echo gone >"$OWN/.tapfilter-lock"
drop_arp more >"$T_TMP/more.xml"
ends 0 "create after one that was killed" tf create "$T_TMP/more.xml"
says "it says what to do" 'note: the last change*cut short: "tapfilter reload"*'
t_is "all is cleared away" "" "$(find "$OWN" -mindepth 1 -name '.*')"
t_done
