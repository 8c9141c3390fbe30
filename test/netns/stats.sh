#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stats --prometheus: what a Prometheus client library reads out of it.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
. "$TF_TOP/test/json.sh"
t_ns "$@"
t_need "$PYTHON"
up_setup

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# sample NAME LABEL=VALUE...: its value, as the library reads it
sample() {
	"$PYTHON" - "$T_TMP/out" "$@" <<-'END'
	import sys
	from prometheus_client.parser import text_string_to_metric_families
	want = dict(arg.split("=", 1) for arg in sys.argv[3:])
	for family in text_string_to_metric_families(open(sys.argv[1]).read()):
	    for s in family.samples:
	        if s.name == sys.argv[2] and want.items() <= s.labels.items():
	            print(int(s.value))
	END
}

t_is "without a format: usage" 2 "$(tf stats >/dev/null 2>&1; echo $?)"
t_is "with a tap: usage" 2 "$(
	tf stats --prometheus tap0 >/dev/null 2>&1; echo $?)"
t_is "not for others than root" 3 "$(setpriv --reuid=1 --regid=1 \
	--clear-groups "$TF_BUILD/tapfilter" stats --prometheus \
	>/dev/null 2>&1; echo $?)"

tf stats --prometheus >"$T_TMP/out"
t_is "no tap: status" 0 $?
t_is "no tap: no sample" "" "$(grep -v '^#' "$T_TMP/out")"

# A label with all that must be escaped
sed -i 's/guest-tap0/a"b\\c \&amp; d/' "$T_TMP/domains/of-tap0.xml"
before=$(date +%s)
helper up tap0
ip tuntap add vnet0 mode tap
ip link set vnet0 master br0
probe tap0 "$OTHER" >"$T_TMP/probe"
t_is "the frame was dropped" drop "$(cat "$T_TMP/probe")"
tf stats --prometheus >"$T_TMP/out"
t_is "status" 0 $?
t_is "packets" 1 "$(sample tapfilter_dropped_packets_total tap=tap0 \
	class=mac direction=out)"
t_is "bytes" 46 "$(sample tapfilter_dropped_bytes_total tap=tap0 \
	class=mac direction=out)"
t_is "state" "1 0 0 0 0" "$(for state in filtered missing other gone \
	unfiltered; do
	sample tapfilter_tap_state tap=tap0 state=$state
done | tr '\n' ' ' | sed 's/ $//')"
t_is "a tap that is not filtered" 1 \
	"$(sample tapfilter_tap_state tap=vnet0 state=unfiltered)"
t_is "what is on the tap, with a name that must be escaped" 1 \
	"$(sample tapfilter_tap_info tap=tap0 bridge=br0 mac="$GUEST" \
		domain='a"b\c & d')"
# The kernel takes nearly any bytes for a name.
ip tuntap add "$(printf 'x\377"\\')" mode tap
ip link set "$(printf 'x\377"\\')" master br0
tf stats --prometheus >"$T_TMP/out"
t_is "a device whose name is not UTF-8" 1 \
	"$(sample tapfilter_tap_state tap='x\xFF"\' state=unfiltered)"
ip link del "$(printf 'x\377"\\')"
since=$(sample tapfilter_tap_since_timestamp_seconds tap=tap0)
t_true "since when" test "$since" -ge "$before" -a "$since" -le "$(date +%s)"
t_is "each name has its help and its type, once" "5 5" \
	"$(grep '^# HELP' "$T_TMP/out" | cut -d' ' -f3 | sort -u | wc -l) $(
	grep -c '^# TYPE' "$T_TMP/out")"

# One line for each combination of labels, also where a name was taken again
ip link del tap0
ip tuntap add tap0 mode tap
ip link set tap0 master br0
tf stats --prometheus >"$T_TMP/out"
t_is "another tap of the name: its state" 1 \
	"$(sample tapfilter_tap_state tap=tap0 state=unfiltered)"
t_is "no sample is there twice" "" "$(grep -v '^#' "$T_TMP/out" |
	sed 's/ [^ ]*$//' | sort | uniq -d)"

# ---- all or nothing -----------------------------------------------------------------
t_is "a fault: status" 1 "$(
	"$TF_BUILD/tapfilter" --config "$T_TMP/none" stats --prometheus \
		>"$T_TMP/out" 2>/dev/null; echo $?)"
t_is "a fault: nothing is written" "" "$(cat "$T_TMP/out")"
if [ -w /dev/full ]; then
	t_is "output that does not arrive: status" 1 "$(
		tf stats --prometheus 2>&1 >/dev/full | grep -c 'output')"
else
	t_skip "output that does not arrive" "no /dev/full"
fi
t_done
