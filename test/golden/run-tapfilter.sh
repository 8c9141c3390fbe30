#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The administrator's tool: what it prints and how it ends.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
# As root, the resolver is another user.
[ "$(id -u)" -ne 0 ] || t_ns "$@"
t_tmp
mkdir "$T_TMP/own" "$T_TMP/shipped" "$T_TMP/domains"
cat >"$T_TMP/conf" <<END
[tapfilter]
template-path = $T_TMP/own:$T_TMP/absent:$T_TMP/shipped
domain-dir = $T_TMP/domains
state-dir = $T_TMP/state
END

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# ends STATUS NAME COMMAND...: its output is in $out, stderr in $err
ends() {
	want=$1
	name=$2
	shift 2
	rc=0
	"$@" >"$T_TMP/out" 2>"$T_TMP/err" || rc=$?
	out=$(cat "$T_TMP/out")
	err=$(cat "$T_TMP/err")
	if [ "$rc" -eq "$want" ]; then
		t_ok "$name"
	else
		t_fail "$name" "wanted status $want, got $rc; stderr: $err"
	fi
}

# says NAME TEXT PATTERN
says() {
	# shellcheck disable=SC2254 # a pattern it is
	case $2 in
	$3) t_ok "$1" ;;
	*) t_fail "$1" "$2" ;;
	esac
}

# profile FILE ENTRIES
profile() {
	name=$(basename "$1" .xml)
	printf "<FilterPool name='%s'>\n%s\n</FilterPool>\n" "$name" "$2" >"$1"
}

# domain FILE TAP PROFILE
domain() {
	cat >"$1" <<-END
		<domain type='kvm'><name>d-$2</name><devices>
		<interface type='bridge'>
		<mac address='52:54:00:00:00:01'/><source bridge='br0'/>
		<target dev='$2'/>
		<firewall><reference profile='$3'/></firewall>
		</interface></devices></domain>
	END
}

drop="<FilterEntry><Action>DROP</Action><TrafficType>outgoing</TrafficType>
<ARPFilter/></FilterEntry>"
accept="<FilterEntry><Action>ACCEPT</Action><TrafficType>outgoing</TrafficType>
<ARPFilter/></FilterEntry>"
profile "$T_TMP/shipped/no-arp.xml" "$drop"
profile "$T_TMP/shipped/both.xml" "$drop"
profile "$T_TMP/own/both.xml" "$accept
$drop"
domain "$T_TMP/domains/tap0.xml" tap0 no-arp
domain "$T_TMP/domains/other.xml" tap1 both

ends 0 "--version" "$TF_BUILD/tapfilter" --version
says "names the version" "$out" "tapfilter [0-9]*"
ends 0 "--help" "$TF_BUILD/tapfilter" --help
says "help has examples" "$out" "*Examples:*tapfilter up tap0*"
ends 0 "help of a command" tf help check
says "help names the arguments" "$out" "usage: tapfilter check *"
ends 0 "the same as an option" tf check --help
ends 0 "help of gc" tf help gc
says "help of gc has no arguments" "$out" "usage: tapfilter gc
*  tapfilter gc"
t_is "all help fits 80 columns" "" "$({
	"$TF_BUILD/tapfilter" --help
	for i in $("$TF_BUILD/tapfilter" --help | sed -n '/^$/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
		"$TF_BUILD/tapfilter" help "$i"
	done
	"$TF_BUILD/tapfilter-helper" --help
} 2>&1 | awk 'length > 80')"
ends 2 "gc takes no tap" tf gc tap0
says "gc is the helper's" "$err" "tapfilter-helper: *tap0*"
ends 2 "no command" tf
ends 2 "an unknown command" tf frobnicate
says "the unknown command is quoted" "$err" '*"frobnicate"*'
ends 2 "help of an unknown command" tf help frobnicate
ends 1 "a configuration that is not there" \
	"$TF_BUILD/tapfilter" --config "$T_TMP/none" list

ends 0 "list" tf list
t_is "list names the profiles, and which are hidden" "PROFILE  DIRECTORY
both     $T_TMP/own
both     $T_TMP/shipped (hidden by the one before)
no-arp   $T_TMP/shipped" "$out"
ends 2 "list takes no argument" tf list x

ends 0 "dumpxml" tf dumpxml both
t_is "dumpxml prints the first one" "$(cat "$T_TMP/own/both.xml")" "$out"
ends 1 "dumpxml of no profile" tf dumpxml none
ends 2 "dumpxml takes no path" tf dumpxml ../domains/tap0
if [ -w /dev/full ]; then
	ends 1 "output that does not arrive is a failure" \
		sh -c "'$TF_BUILD/tapfilter' --config '$T_TMP/conf' list \
			>/dev/full"
else
	t_skip "output that does not arrive is a failure" "no /dev/full"
fi

ends 0 "compile by the name of the file" tf compile tap0
says "prints the rule" "$out" "*no-arp:2 out drop eth.type=0x0806*"
ends 0 "compile by the index" tf compile tap1
says "prints the rules of the first profile" "$out" \
	"*both:2 out accept eth.type=0x0806
both:4 out drop eth.type=0x0806*"
ends 0 "compile of a file" tf compile --domain "$T_TMP/domains/other.xml"
says "prints its tap" "$out" "*tap1*both:2 out accept*"
ends 0 "compile of a file and a tap" tf compile \
	--domain "$T_TMP/domains/other.xml" --tap tap1
ends 1 "compile of a tap that the file has not" tf compile \
	--domain "$T_TMP/domains/other.xml" --tap tap0
ends 1 "compile of an unknown tap" tf compile tap9
says "the unknown tap is named" "$err" "*tap9*"
ends 2 "compile without a tap" tf compile
ends 2 "compile of an impossible tap" tf compile "a/b"
says "prints the place of the profile" "$(tf compile tap0)" \
	"*# profile no-arp (nft netdev)
*"
ends 0 "compile for a backend" tf compile tap0 --backend nft
says "prints the other place of it" "$(tf compile tap0 --backend xtables)" \
	"*# profile no-arp (ebtables)
*"
ends 2 "compile for no backend" tf compile tap0 --backend nftables
mkdir "$T_TMP/more"
cat >"$T_TMP/more/stateful.xml" <<-END
	<FilterPool name='stateful' xmlns:tf='urn:tapfilter:1'>
	<reference profile='pinned'/>
	<FilterEntry><Action>ACCEPT</Action><TrafficType>incoming</TrafficType>
	<IPHeadersFilter><HdrIPVersion>4</HdrIPVersion></IPHeadersFilter>
	<tf:State>established</tf:State></FilterEntry>
	<FilterEntry><Action>DROP</Action><TrafficType>incoming</TrafficType>
	</FilterEntry></FilterPool>
END
profile "$T_TMP/more/pinned.xml" "<FilterEntry><Action>DROP</Action>
<TrafficType>outgoing</TrafficType></FilterEntry>"
domain "$T_TMP/more/domain.xml" tap2 stateful
sed "s|^template-path = |&$T_TMP/more:|" "$T_TMP/conf" >"$T_TMP/more/conf"
ends 1 "compile of a profile that has no place" "$TF_BUILD/tapfilter" \
	--config "$T_TMP/more/conf" compile --domain "$T_TMP/more/domain.xml"
says "says which entry, and what no place can do" "$err" \
	"$T_TMP/more/stateful.xml:3: profile 'stateful' has no place with backend = auto: \
nft netdev cannot carry tf:State; *"
ends 1 "compile of a file that is not there" tf compile \
	--domain "$T_TMP/none.xml"

ends 0 "check finds no fault" tf check
t_is "check counts" "5 files checked, 0 with faults" "$out"
ends 0 "check of files" tf check "$T_TMP/own/both.xml" \
	"$T_TMP/domains/tap0.xml"

profile "$T_TMP/own/idle.xml" "$accept"
ends 1 "check finds an ACCEPT that filters nothing" tf check
says "and says where" "$err" "*idle.xml:2:*"
profile "$T_TMP/own/idle.xml" "<FilterEntry><Akt/></FilterEntry>"
ends 1 "check finds an unknown element" tf check "$T_TMP/own/idle.xml"
says "and says which" "$err" "*idle.xml:2:*Akt*"
rm "$T_TMP/own/idle.xml"

domain "$T_TMP/domains/third.xml" tap1 no-arp
ends 1 "check finds two files with one tap" tf check
says "and names both" "$err" "*other.xml*third.xml*"
domain "$T_TMP/domains/third.xml" tap3 missing
ends 1 "check finds a reference to no profile" tf check
says "and says which" "$err" "*third.xml:*missing*"
rm "$T_TMP/domains/third.xml"

cp "$T_TMP/own/both.xml" "$T_TMP/own/a b.xml"
ends 1 "check finds a name that no profile can have" tf check
says "and says which" "$err" '*"a b"*'
rm "$T_TMP/own/a b.xml"
mkfifo "$T_TMP/own/pipe.xml"
ends 1 "check does not wait for a FIFO" tf check
t_done
