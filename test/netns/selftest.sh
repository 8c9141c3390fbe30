#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter selftest: all shipped profiles with all frames and variations of
# them, a profile with every field, and that it notices what is wrong.
set -u
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/json.sh"
t_need_root
t_need unshare ip "$PYTHON"
t_need_tun
t_ns "$@"

VARIATIONS=${TF_VARIATIONS:-400}
t_tmp

# conf NAME DIR...: a configuration with these template directories
conf() {
	conf_file=$T_TMP/$1.conf
	shift
	{
		echo '[tapfilter]'
		echo "template-path = $(printf '%s:' "$@" | sed 's/:$//')"
		echo "domain-dir = $T_TMP/domains"
		echo "state-dir = $T_TMP/state"
	} >"$conf_file"
}

selftest() {
	"$TF_BUILD/tapfilter" --config "$conf_file" selftest "$@"
}

# leftovers PID: the temporary directory of that process
leftovers() {
	find /tmp -maxdepth 1 -name "tapfilter-selftest.$1.*"
}

# ---- the shipped profiles
conf shipped "$TF_TOP/templates"
selftest --mutations="$VARIATIONS" >"$T_TMP/out" 2>"$T_TMP/err"
t_is "all shipped profiles: status" 0 $?
t_is "all shipped profiles: nothing on stderr" "" "$(cat "$T_TMP/err")"
for profile in "$TF_TOP"/templates/*.xml; do
	name=$(basename "$profile" .xml)
	frames=$(grep "^$name  *[0-9]* frames:" "$T_TMP/out")
	more=$(grep "^$name  *[0-9]* variations:" "$T_TMP/out")
	case "$frames/$more" in
	*" 0 wrong/"*" 0 wrong") t_ok "$name" ;;
	*) t_fail "$name" "$(sed -n "/^$name/,/frames:/p" "$T_TMP/out")" ;;
	esac
	t_true "$name: drops some and lets some pass" \
		sh -c 'echo "$1" | grep -Eq "[1-9][0-9]* dropped, [1-9]"' \
		sh "$frames"
done

# ---- one by name: a table
selftest clean-traffic >"$T_TMP/out" 2>&1
t_is "one profile: status" 0 $?
t_true "one profile: a table" grep -q \
	'^  FRAME  *DIRECTION  *EXPECTED  *SEEN  *DECIDING RULE$' "$T_TMP/out"
t_true "one profile: a dropped frame and its rule" grep -Eq \
	'^  arp-reply-other-ip  *out  *drop  *drop  *no-arp-spoofing:[0-9]+$' \
	"$T_TMP/out"
t_true "one profile: a frame that passes" grep -Eq \
	'^  arp-request  *out  *pass  *pass ' "$T_TMP/out"
frames=$(sed -n 's/^clean-traffic  *\([0-9]*\) frames:.*/\1/p' "$T_TMP/out")
t_true "at least 120 frames" test "$frames" -ge 120

selftest --json no-broadcast >"$T_TMP/out" 2>&1
t_is "json: status" 0 $?
t_json "json: as its schema says" selftest "$T_TMP/out"
t_is "json: a record for each frame" "$frames" \
	"$(grep -c '"agrees": true' "$T_TMP/out")"

# ---- profiles that are not shipped: the evaluator says what is right
mkdir "$T_TMP/own"
cp "$TF_TOP/test/netns/every-field.xml" "$T_TMP/own/"
conf own "$T_TMP/own" "$TF_TOP/templates"
selftest --mutations=$((VARIATIONS * 5)) every-field >"$T_TMP/out" 2>&1
t_is "every field: status" 0 $?
t_is "every field: the kernel does as the evaluator says" 2 \
	"$(grep -c '^every-field .* 0 wrong$' "$T_TMP/out")"

cat >"$T_TMP/own/to-server.xml" <<'EOF'
<FilterPool name='to-server'>
  <FilterEntry>
    <Action>DROP</Action>
    <TrafficType>outgoing</TrafficType>
    <IPHeadersFilter><HdrDestAddress>THIS_SERVER</HdrDestAddress></IPHeadersFilter>
  </FilterEntry>
</FilterPool>
EOF
selftest to-server server=10.0.0.2 >"$T_TMP/out" 2>&1
t_is "own parameter: status" 0 $?
t_true "own parameter: decides" grep -Eq \
	'^  ping  *out  *drop  *drop  *to-server:2$' "$T_TMP/out"
t_false "a parameter is missing" selftest to-server
t_false "a value that is no value" selftest to-server "server='x"

cat >"$T_TMP/own/limited.xml" <<'EOF'
<FilterPool name='limited' xmlns:tf='urn:tapfilter:1'>
  <FilterEntry>
    <Action>ACCEPT</Action> <TrafficType>outgoing</TrafficType>
    <IPHeadersFilter/> <tf:Limit rate='1/day' burst='3'/> <tf:Log group='9'/>
  </FilterEntry>
  <FilterEntry>
    <Action>REJECT</Action> <TrafficType>outgoing</TrafficType>
    <IPHeadersFilter/>
  </FilterEntry>
  <FilterEntry>
    <Action>ACCEPT</Action> <TrafficType>incoming</TrafficType>
    <ARPFilter/> <tf:Limit rate='1000000/second' burst='10000'/>
  </FilterEntry>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>incoming</TrafficType>
    <ARPFilter/> <tf:Log rate='1/minute'/>
  </FilterEntry>
</FilterPool>
EOF
selftest --mutations=$((VARIATIONS * 2)) limited >"$T_TMP/out" 2>&1
t_is "limits, logs and REJECT: status" 0 $?
t_is "... the kernel does as the evaluator says" 2 \
	"$(grep -c '^limited .* 0 wrong$' "$T_TMP/out")"
t_is "... so many frames are within the limit" 3 \
	"$(grep -c ' out  *pass  *pass  *limited:2$' "$T_TMP/out")"
t_true "... and others are answered" grep -Eq \
	'^  ping  *out  *drop  *drop  *limited:6$' "$T_TMP/out"

# ---- it must be able to fail
mkdir "$T_TMP/bad"
sed 's/<OPCode>Request Reply</<OPCode>Request InARP_Request</' \
	"$TF_TOP/templates/no-arp-spoofing.xml" >"$T_TMP/bad/no-arp-spoofing.xml"
conf bad "$T_TMP/bad" "$TF_TOP/templates"
selftest no-arp-spoofing >"$T_TMP/out" 2>&1
t_is "a profile that is wrong: status" 1 $?
t_true "a profile that is wrong: a lost neighbour is shown" grep -Eq \
	'^  arp-reply  *out  *pass  *drop  *no-arp-spoofing:[0-9]+  <== WRONG' \
	"$T_TMP/out"
t_true "a profile that is wrong: a leak is shown" grep -Eq \
	'^  arp-operation-inverse  *out  *drop  *pass .* <== WRONG' "$T_TMP/out"
selftest clean-traffic >"$T_TMP/out" 2>&1
t_is "... and in a profile that references it" 1 $?

t_false "there is no such profile" selftest not-there
t_is "no profile's name: status" 2 "$(
	selftest ../x >/dev/null 2>&1
	echo $?
)"
t_is "no option: status" 2 "$(
	selftest --mutations=0 >/dev/null 2>&1
	echo $?
)"

selftest --color=always no-arp-spoofing >"$T_TMP/out" 2>&1
t_true "what is wrong is red with --color" grep -q \
	"$(printf '\033')\[31m<== WRONG" "$T_TMP/out"

# ---- nothing stays behind, whatever happens
conf shipped "$TF_TOP/templates"
"$TF_BUILD/tapfilter" --config "$conf_file" selftest >/dev/null 2>"$T_TMP/err" &
pid=$!
while [ -z "$(leftovers $pid)" ] && kill -0 "$pid" 2>/dev/null; do
	:
done
kill -TERM "$pid"
wait "$pid"
t_is "stopped by a signal: status" 1 $?
t_is "stopped by a signal: no directory is left" "" "$(leftovers $pid)"
"$TF_BUILD/tapfilter" --config "$conf_file" selftest not-there \
	>/dev/null 2>&1 &
pid=$!
wait "$pid"
t_is "after a failure: no directory is left" "" "$(leftovers $pid)"
t_is "no device is left" "lo" "$(ip -o link 2>/dev/null |
	sed 's/^[0-9]*: \([^:@]*\).*/\1/')"
t_done
