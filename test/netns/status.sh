#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# status, verify and reload of the administrator's tool: rules that were
# flushed or changed, taps that nobody told us of, domains that libvirt keeps.
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

# state TAP: what status says; of two devices of that name, the first
state() {
	tf status "$1" | sed -n 's/^state  *//p' | head -n 1
}

# row TAP: its line of the table, from the state on
row() {
	tf status | sed -n "s/^$1  *//p"
}

# verify [TAP]: its exit status, and whether it names the tap
verify() {
	v_rc=0
	tf verify "$@" >"$T_TMP/out" 2>&1 || v_rc=$?
	echo "$v_rc"
}

# lets TAP: whose frames it lets out
lets() {
	echo "$(probe "$1" "$GUEST") $(probe "$1" "$OTHER")"
}

t_is "nothing yet: status" "" "$(tf status)"
t_is "nothing yet: verify" 0 "$(verify)"
t_is "a tap in no bridge: verify" 1 "$(verify tap0)"

helper up tap0
t_is "filtered: state" filtered "$(state tap0)"
t_is "filtered: verify" "0 0" "$(verify) $(verify tap0)"

# ---- what status tells ---------------------------------------------------------
t_is "two frames are dropped, one passes" "drop drop pass" \
	"$(probe tap0 "$OTHER") $(probe tap0 "$OTHER") $(probe tap0 "$GUEST")"
t_is "the header" "TAP STATE MAC DOMAIN PLACE SINCE BY DROPS PROFILES" \
	"$(tf status | head -n 1 | tr -s ' ' | sed 's/ PROF[A-Z]*$/ PROFILES/')"
# Nothing is cut off but where there are several places or profiles.
case ${TF_PLACES:-} in
xtables*) place=ebtables short=ebtables ;;
ingress) place="nft bridge and ingress" short=ingress ;;
*) place="nft netdev" short=netdev ;;
esac
with state || with ingress || t_is "the row of a tap" \
	"filtered $GUEST guest-tap0 $short TIME root 2 own-mac" \
	"$(row tap0 | sed 's/ [0-9-]*[:-][0-9]* / TIME /' | tr -s ' ')"
case ${TF_PLACES:-} in
xtables-state) short=ebtables,iptables ;;
state) short=netdev,marks ;;
esac
t_is "the places of a tap" "$short" "$(row tap0 | tr -s ' ' | cut -d' ' -f4 |
	sed 's/tracking/marks/')"
t_is "one tap, a line each" "tap tap0
state filtered
bridge br0
domain guest-tap0
uuid 00112233-4455-6677-8899-aabbccddeeff
mac $GUEST
by root
profile own-mac ($place)
dropped 2 frames, 92 bytes" "$(tf status tap0 | tr -s ' ' |
	grep -v '^since\|^profile \(state\|no-ip\|incoming\) ')"
t_is "since when, within a minute" 1 "$(
	at=$(date +%s -d "$(tf status tap0 | sed -n 's/^since  *//p')")
	[ $(($(date +%s) - at)) -lt 60 ] && echo 1)"
tf status --json >"$T_TMP/json"
t_json "status --json is as its schema says" status "$T_TMP/json"
# of PATH...: a member of the first tap of the last --json
of() {
	"$PYTHON" - "$T_TMP/json" "$@" <<-'END'
	import json, sys
	value = json.load(open(sys.argv[1]))[0]
	for key in sys.argv[2:]:
	    value = value[int(key) if isinstance(value, list) else key]
	print(value)
	END
}
t_is "state, drops, owner, profile" "filtered 2 92 0 root own-mac" \
	"$(of state) $(of dropped packets) $(of dropped bytes) $(of by uid) $(
	of by name) $(of profiles 0 name)"
# colours VARIABLE=VALUE... -- WHEN: the escapes in the table
colours() {
	env "$1" "$TF_BUILD/tapfilter" --config "$T_TMP/conf" status \
		"--color=$2" | grep -o "$(printf '\033')\[[0-9]*m" | tr -d '\033\n'
}
t_is "no terminal, no colour" "" "$(colours TERM=x auto)"
t_is "filtered is green" "[32m[0m" "$(colours NO_COLOR=1 always)"
t_is "never" "" "$(colours TERM=x never)"
if command -v script >/dev/null; then
	on_terminal() {
		script -qec "env $1 '$TF_BUILD/tapfilter' --config \
			'$T_TMP/conf' status" /dev/null </dev/null |
			grep -c "$(printf '\033')\[32mfiltered"
	}
	t_is "a terminal" 1 "$(on_terminal NO_COLOR=)"
	t_is "a terminal and NO_COLOR" 0 "$(on_terminal NO_COLOR=1)"
else
	t_skip "a terminal" "script is not installed"
fi
t_is "another word for a colour: usage" 2 "$(
	tf status --color=red >/dev/null 2>&1; echo $?)"
t_is "another option: usage" 2 "$(
	tf status --counters >/dev/null 2>&1; echo $?)"

# The longest of everything
long=$(printf 'é%.0s' $(seq 100))
up_profile a-profile-whose-name-is-as-long-as-it-may-be-48. "$GUEST"
up_domain long-tap-name-x br0 own-mac \
	a-profile-whose-name-is-as-long-as-it-may-be-48.
sed -i "s/guest-long-tap-name-x/$long/;s/$GUEST/52:54:00:00:00:09/" "$T_TMP/domains/of-long-tap-name-x.xml"
ip tuntap add long-tap-name-x mode tap
helper up long-tap-name-x
t_is "no line is longer than 80 characters" "3 lines, 80 characters" "$(
	tf status | PYTHONIOENCODING=utf8 "$PYTHON" -c '
import sys
lines = sys.stdin.read().splitlines()
print(len(lines), "lines,", max(map(len, lines)), "characters")')"
t_true "what was cut off says so" sh -c "
	'$TF_BUILD/tapfilter' --config '$T_TMP/conf' status |
	grep -q '^long-tap-name-x filtered .*éé… '"
t_is "columns stand under each other" 1 "$(tf status |
	PYTHONIOENCODING=utf8 "$PYTHON" -c '
import sys
print(len({max(line.find("PROFIL"), line.find("own-m"))
           for line in sys.stdin}))')"
t_true "all of it for one tap" sh -c "
	'$TF_BUILD/tapfilter' --config '$T_TMP/conf' status long-tap-name-x |
	grep -q '^domain  *$long\$'"
helper down long-tap-name-x

# ---- what is changed behind our back ------------------------------------------
meddle delete tap0
t_is "a rule deleted: verify" 4 "$(verify tap0)"
t_true "and names the tap" grep -q tap0 "$T_TMP/out"
t_true "reload mends it" tf reload tap0
t_is "mended: verify" 0 "$(verify tap0)"
meddle accept tap0
t_is "a rule added: verify" 4 "$(verify)"
tf reload
t_is "mended again: verify" 0 "$(verify)"
for i in 1 2; do
	wipe_some $i || continue
	t_is "one place of two flushed: state" "other rules" "$(state tap0)"
	tf status --json >"$T_TMP/json"
	t_is "one place of two flushed: --json" other "$(of state)"
	t_true "one place of two flushed: show" \
		sh -c "'$TF_BUILD/tapfilter' --config '$T_TMP/conf' show tap0 |
			grep -q '^tap0: other rules, in br0,'"
	t_is "one place of two flushed: verify" 4 "$(verify)"
	t_is "it is mended" 0 "$(verify --repair)"
	t_is "one place of two is mended: state" filtered "$(state tap0)"
done
wipe
t_is "flushed: state" "no rules" "$(state tap0)"
t_is "flushed: verify" 5 "$(verify)"
helper up tap0
t_is "up again: verify" 0 "$(verify)"

# ---- taps that nobody told us of -----------------------------------------------
ip tuntap add vnet0 mode tap
ip link set vnet0 master br0 up
t_is "a stranger: state" unfiltered "$(state vnet0)"
t_is "a stranger: its row" "unfiltered in br0" "$(row vnet0)"
tf status --json >"$T_TMP/json"
t_json "a stranger: status --json" status "$T_TMP/json"
t_is "a stranger: verify of all goes well" 0 "$(verify)"
t_true "but names it" grep -q '^vnet0: unfiltered$' "$T_TMP/out"
t_is "a stranger: verify by name" 5 "$(verify vnet0)"
# The kernel takes nearly any bytes for a name.
odd=$(printf 'o\033[31m"\\\377\302\2331')
ip tuntap add "$odd" mode tap
ip link set "$odd" master br0
t_is "an odd name, on a terminal: status" 'o?[31m"\??1 unfiltered in br0' \
	"$(tf status | grep -a '^o')"
t_is "verify" 'o?[31m"\??1: unfiltered' "$(tf verify | grep -a '^o')"
for i in status verify; do
	tf $i --json >"$T_TMP/json"
	t_json "an odd name: $i --json" $i "$T_TMP/json"
done
ip link del "$odd"
ip link del tap0
t_is "gone: state" gone "$(state tap0)"
tf status --json >"$T_TMP/json"
t_json "gone: status --json" status "$T_TMP/json"
t_is "gone: verify" 0 "$(verify)"
ip tuntap add tap0 mode tap
ip link set tap0 master br0 up
t_is "another device of its name" "gone unfiltered" \
	"$(row tap0 | sed 's/ .*//' | tr '\n' ' ' | sed 's/ $//')"
helper down tap0

# ---- domains that libvirt keeps --------------------------------------------------
cat >"$T_TMP/profiles/let-both.xml" <<END
<FilterPool name='let-both'>
  <FilterEntry>
    <Action>DROP</Action> <TrafficType>outgoing</TrafficType>
    <Hdr8021Filter>
      <HdrSrcMACAddr8021>52:54:00:00:00:77</HdrSrcMACAddr8021>
    </Hdr8021Filter>
  </FilterEntry>
</FilterPool>
END
live() {
	cat >"$T_TMP/live.xml" <<-END
	<domain type='qemu' id='1'><name>web</name>
	<uuid>01234567-89ab-cdef-0123-456789abcdef</uuid>
	<metadata><tf:firewall xmlns:tf='urn:tapfilter:1'>
	<tf:interface mac='$GUEST'><tf:reference profile='$1'/></tf:interface>
	</tf:firewall></metadata>
	<devices><interface type='bridge'><mac address='$GUEST'/>
	<source bridge='br0'/><target dev='vnet0'/><model type='virtio'/>
	</interface></devices></domain>
	END
}
touch "$T_TMP/virsh"
chmod 755 "$T_TMP/virsh" "$T_TMP"
if ! [ -e /usr/bin/virsh ]; then
	t_skip "domains that libvirt keeps" "/usr/bin/virsh is not there"
	t_done
fi
# What it is called with, and the domain if that is the one
cat >"$T_TMP/virsh" <<END
#!/bin/sh
echo "\$*" >>'$T_TMP/calls'
case \$3 in
web | 01234567-89ab-cdef-0123-456789abcdef) cat '$T_TMP/live.xml' ;;
*) echo "error: failed to get domain '\$3'" >&2; exit 1 ;;
esac
END
mount --bind "$T_TMP/virsh" /usr/bin/virsh
live own-mac
t_false "reload --guest of an unknown guest" tf reload --guest other
t_is "reload --guest without a name: usage" 2 \
	"$(tf reload --guest >/dev/null 2>&1; echo $?)"
t_true "reload --guest binds what was plugged in" tf reload --guest web
t_is "bound: state, link, bridge" "filtered up br0" \
	"$(state vnet0) $(flags vnet0) $(port_of vnet0)"
t_is "bound: a frame of the guest, another" "pass drop" \
	"$(probe vnet0 "$GUEST") $(probe vnet0 "$OTHER")"
t_is "bound: verify" 0 "$(verify vnet0)"
mv "$T_TMP/live.xml" "$T_TMP/away.xml"
t_is "libvirt does not answer: verify" 0 "$(verify vnet0)"
t_true "libvirt does not answer: a note" grep -q \
	'^  note: libvirt does not tell what it has for web now$' "$T_TMP/out"
mv "$T_TMP/away.xml" "$T_TMP/live.xml"
up_profile own-mac "$OTHER"
t_is "libvirt's profile changed: verify" 4 "$(verify vnet0)"
t_true "libvirt's profile changed: how" grep -q \
	"^  files: + own-mac:2 out accept eth.src=$OTHER\$" "$T_TMP/out"
up_profile own-mac THIS_MAC
t_is "libvirt's profile changed back: verify" 0 "$(verify vnet0)"

live let-both
: >"$T_TMP/calls"
t_true "reload asks virsh for it" tf reload
t_is "by its UUID, once" "dumpxml -- 01234567-89ab-cdef-0123-456789abcdef" \
	"$(cat "$T_TMP/calls")"
t_is "the new profile is in force" "pass pass" "$(lets vnet0)"
live own-mac
helper up tap0
if place_can unpinned; then
	up_domain tap0 br0 let-both
	want="pass pass"
else
	up_domain tap0 br0 let-both own-mac
	want="pass drop"
fi
t_true "reload of a file's tap and libvirt's" tf reload tap0 vnet0
t_is "both are in force" "pass drop, $want" "$(lets vnet0), $(lets tap0)"
: >"$T_TMP/calls"
up_domain tap0 br0 own-mac
t_true "reload of the file's alone" tf reload tap0
t_is "virsh is not asked" "" "$(cat "$T_TMP/calls")"
t_is "it is in force" "pass" "$(probe tap0 "$GUEST")"
live missing
t_false "a faulty profile of libvirt's" tf reload
t_is "the old rules stay, the other tap's too" "pass drop pass" \
	"$(probe vnet0 "$GUEST") $(probe vnet0 "$OTHER") $(probe tap0 "$GUEST")"
t_false "the helper's --bind without --domain" helper reload --bind
x=$(helper hook qemu web stopped end - <"$T_TMP/live.xml" 2>&1) ||
	t_fail "hook: stopped" "$x"
t_is "the end of the guest finds it" "0 unfiltered" \
	"$(chains vnet0) $(state vnet0)"

t_is "not for others than root" 3 "$(setpriv --reuid=1 --regid=1 \
	--clear-groups "$TF_BUILD/tapfilter" status >/dev/null 2>&1; echo $?)"
t_done
