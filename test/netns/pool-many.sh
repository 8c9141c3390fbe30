#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A profile of 200 taps is updated while frames flow: not one is lost, not one
# passes that must not.
#
# Runs alone: it floods.
# Runs also with: xtables ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/pool.sh"
t_ns "$@"
t_need script
pool_setup
[ -z "${TF_PLACES:-}" ] && TAPS=200 || TAPS=24
FLOWS="tap1 tap$((TAPS / 3)) tap$((TAPS * 2 / 3)) tap$TAPS"

# Both let out frames from THIS_MAC; the new one those from $OTHER, too.
sed "s/own-mac/mine/" "$OWN/own-mac.xml" >"$T_TMP/old.xml"
{
	sed '/<FilterEntry>/,$d' "$T_TMP/old.xml"
	sed '1d;/<\/FilterEntry>/q' "$T_TMP/old.xml" | sed "s/THIS_MAC/$OTHER/"
	sed 1d "$T_TMP/old.xml"
} >"$T_TMP/new.xml"
tf create "$T_TMP/old.xml" || t_fail "create" "failed"

i=1
while [ "$i" -le "$TAPS" ]; do
	echo "tuntap add tap$i mode tap"
	up_domain "tap$i" br0 clean-arp
	i=$((i + 1))
done >"$T_TMP/batch"
ip -batch "$T_TMP/batch"
# Directly for most of them, by way of another profile for the rest
sed -i 's/clean-arp/mine/' "$T_TMP"/domains/of-tap*[1-9].xml
echo "<FilterPool name='clean-arp'><reference profile='mine'/></FilterPool>" \
	>"$OWN/clean-arp.xml"
i=1
while [ "$i" -le "$TAPS" ]; do
	bring "tap$i" || t_fail "up tap$i" "failed"
	i=$((i + 1))
done

# now_ms: the time
now_ms() {
	date +%s%3N
}

# flow FILE: update while frames flow; what became of them is in $seen
flow() {
	mkfifo "$T_TMP/stop"
	: >"$T_TMP/seen" # the pipe is opened first
	# shellcheck disable=SC2086 # a list of words
	"$TF_BUILD/test/netns/pool_traffic" p1 $FLOWS <"$T_TMP/stop" \
		>"$T_TMP/seen" &
	f_pid=$!
	exec 7>"$T_TMP/stop"
	until grep -q begun "$T_TMP/seen"; do
		kill -0 "$f_pid" || break
		sleep 0.02
	done
	f_begin=$(now_ms)
	ends 0 "update of $TAPS taps" tf update "$1"
	f_end=$(now_ms)
	exec 7>&-
	wait "$f_pid"
	rm "$T_TMP/stop"
	seen=$(sed -n 's/^rounds [0-9]* //p' "$T_TMP/seen")
	echo "# $((f_end - f_begin)) ms for $TAPS taps, $(sed -n \
		's/^\(rounds [0-9]*\) .*/\1/p' "$T_TMP/seen") of frames"
}

flow "$T_TMP/new.xml"
says "all have new rules" "mine: new rules for $TAPS taps"
t_is "no frame was lost, none passed that must not, each tap changed once" \
	"lost 0 leaked 0 switched 4 torn 0" "$seen"
t_true "all taps have the rules of their records" tf verify
flow "$T_TMP/old.xml"
t_is "and back" "lost 0 leaked 0" "$(echo "$seen" | cut -d' ' -f1-4)"

[ "$TAPS" -ge 100 ] || t_done
# A line for whoever waits
mkdir "$T_TMP/tty"
script -qec "'$TF_BUILD/tapfilter' --config '$T_TMP/conf' update \
	'$T_TMP/new.xml'" "$T_TMP/tty/typescript" >/dev/null </dev/null
t_true "a terminal sees how far it is" \
	grep -q "\] 100 of $TAPS taps" "$T_TMP/tty/typescript"
t_done
