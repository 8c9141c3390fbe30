#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# tapfilter-resolve: one interface of a domain that has several
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
resolve=$TF_BUILD/tapfilter-resolve
t_tmp
cd "$T_TMP" || exit 1

# 0: br0, 1: br0, 2: no tap, 3: br1, 4: no bridge, 5: br0 and the MAC of 3
cat >vm.xml <<'END'
<domain><name>vm</name><devices>
<interface type='bridge'><mac address='52:54:00:00:00:01'/>
 <source bridge='br0'/><target dev='tap0'/></interface>
<interface type='bridge'><mac address='52:54:00:00:00:02'/>
 <source bridge='br0'/><target dev='tap%d'/></interface>
<interface type='user'><mac address='52:54:00:00:00:03'/></interface>
<interface type='network'><mac address='52:54:00:00:00:04'/>
 <source network='x' bridge='br1'/><target dev='tap3'/></interface>
<interface type='ethernet'><mac address='52:54:00:00:00:05'/></interface>
<interface type='bridge'><mac address='52:54:00:00:00:04'/>
 <source bridge='br0'/></interface>
</devices></domain>
END

# ask FILE OPTION...: what it says, its status
ask() {
	file=$1
	shift
	rc=0
	said=$("$resolve" --text --domain=3:"$file" "$@" 3<"$file" 2>&1) ||
		rc=$?
	printf '%s\nstatus %d' "$said" "$rc"
}

# gives NIC TAP MAC-END BRIDGE OPTION...
gives() {
	want="# tap $2 domain vm nic $1 mac 52:54:00:00:00:0$3 bridge $4
status 0"
	shift 4
	t_is "$*" "$want" "$(ask vm.xml "$@")"
}

# fails LINE MESSAGE OPTION...
fails() {
	want="vm.xml:$1 $2
status 1"
	shift 2
	t_is "$*" "$want" "$(ask vm.xml "$@")"
}

no="domain 'vm' has no interface with a tap"
gives 0 tap0 1 br0 --nic=0
gives 1 - 2 br0 --nic=1
gives 3 tap3 4 br1 --nic=3
gives 4 - 5 - --nic=4
gives 1 - 2 br0 --nic=1 --bridge=br0
gives 3 tap3 4 br1 --bridge=br1
gives 1 - 2 br0 --mac=52:54:00:00:00:02
gives 0 tap0 1 br0 --mac=52:54:0:0:0:1 --bridge=br0
gives 3 tap3 4 br1 --mac=52:54:00:00:00:04 --bridge=br1
gives 5 - 4 br0 --mac=52:54:00:00:00:04 --bridge=br0
gives 3 tap3 4 br1 --tap=tap3 --bridge=br1

fails "" "domain 'vm' has no interface 6: it has 6, counted from 0" --nic=6
fails "" "domain 'vm' has no interface 1023: it has 6, counted from 0" \
	--nic=1023 --bridge=br0
fails 6: "interface 2 of domain 'vm' is of type 'user', which has no tap on \
the host" --nic=2
fails 7: "interface 3 of domain 'vm' is on bridge 'br1', not on 'br0'" \
	--nic=3 --bridge=br0
fails 9: "interface 4 of domain 'vm' is on no bridge, not on 'br0'" \
	--nic=4 --bridge=br0
fails 2: "interface 0 of domain 'vm' is on bridge 'br0', not on 'br1'" \
	--mac=52:54:00:00:00:01 --bridge=br1
fails 2: "interface 0 of domain 'vm' is on bridge 'br0', not on 'br1'" \
	--tap=tap0 --bridge=br1
fails "" "$no and <source bridge='br9'/>" --bridge=br9
fails "" "$no and <source bridge='br'/>" --bridge=br
fails "" "$no and <mac address='52:54:00:00:00:09'/>" --mac=52:54:00:00:00:09
fails "" "$no and <mac address='52:54:00:00:00:03'/>" --mac=52:54:00:00:00:03
fails "" "$no and <mac address='52:54:00:00:00:09'/> and <source \
bridge='br0'/>" --mac=52:54:00:00:00:09 --bridge=br0
fails "" "$no and <mac address='52:54:00:00:00:04'/> and <source \
bridge='br9'/>" --mac=52:54:00:00:00:04 --bridge=br9
fails "" "$no and <target dev='tap9'/>" --tap=tap9
fails "" "domain 'vm' has 3 interfaces with a tap and <source bridge='br0'/>: \
use --nic or --mac: --nic=0 (52:54:00:00:00:01), --nic=1 (52:54:00:00:00:02), \
--nic=5 (52:54:00:00:00:04)" --bridge=br0
fails "" "domain 'vm' has 2 interfaces with a tap and <mac \
address='52:54:00:00:00:04'/>: use --nic: --nic=3, --nic=5" \
	--mac=52:54:00:00:00:04

# An interface without an address, and more than a message lists
{
	echo "<domain><name>vm</name><devices>"
	seq 10 | sed "s|.*|<interface type='bridge'><source bridge='br0'/></interface>|"
	echo "</devices></domain>"
} >many.xml
t_is "more than a message lists" "many.xml: domain 'vm' has 10 interfaces \
with a tap and <source bridge='br0'/>: use --nic or --mac: --nic=0, --nic=1, \
--nic=2, --nic=3, --nic=4, --nic=5, --nic=6, --nic=7 and 2 more
status 1" "$(ask many.xml --bridge=br0)"
t_is "no address is not the address zero" "many.xml: $no and <mac \
address='00:00:00:00:00:00'/>
status 1" "$(ask many.xml --mac=0:0:0:0:0:0)"
echo "<domain><name>vm</name></domain>" >none.xml
t_is "a domain without interfaces" \
	"none.xml: domain 'vm' has no interface 0: it has 0, counted from 0
status 1" "$(ask none.xml --nic=0)"

# usage OPTION...: refused with status 2 and one line
usage() {
	rc=0
	out=$("$resolve" "$@" 3<vm.xml 4<. 2>err) || rc=$?
	t_is "usage: $*" "status 2, output , 1 line" \
		"status $rc, output $out, $(wc -l <err | tr -d ' ') line"
}

usage --domain=3:vm --nic=0 --mac=52:54:00:00:00:01
usage --domain=3:vm --nic=0 --tap=tap0
usage --domain=3:vm --mac=52:54:00:00:00:01 --tap=tap0
for nic in "" -1 +1 01 1024 x 1x; do
	usage --domain=3:vm --nic="$nic"
done
for mac in "" 52:54:00:00:00 52:54:00:00:00:01:02 x; do
	usage --domain=3:vm --mac="$mac"
done
for bridge in "" ../br0 br0123456789abcd br%d; do
	usage --domain=3:vm --bridge="$bridge"
done
usage --domain=3:vm --nic=0 --nic=0
usage --domain=3:vm --mac=52:54:00:00:00:01 --mac=52:54:00:00:00:01
usage --domain=3:vm --bridge=br0 --bridge=br0
for option in --nic=0 --mac=52:54:00:00:00:01 --bridge=br0; do
	usage --index=4:. $option
	usage --check=3:vm.xml $option
done
t_done
