#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A real libvirtd, QEMU and Linux guest.  The guest never stops sending frames
# that are not its own to send, and honest ones behind them; whoever listens at
# another port of the bridge must get the honest ones only.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/host.sh
. "$TF_TOP/test/host.sh"
host_enter "$@"
t_need libvirtd virsh
host_setup
libvirt_setup
if ! libvirt_start; then
	t_fail "libvirtd starts" "$(cat $T_TMP/libvirtd.*)"
	t_done
fi
sniff_start p1

CLEAN1="profile='clean-traffic' ip_address='10.0.0.1'"
CLEAN2="profile='clean-traffic' ip_address='10.0.0.2'"
ONE=$(ref "mac='52:54:00:00:00:01'" "$CLEAN1")

# name of the Nth tap of a guest
tap() {
	v domiflist g | awk "NR == ${1:-1} { print \$1 }"
}

define() {
	domain "$@" >$T_TMP/g.xml
	t_true "$4: define" v define $T_TMP/g.xml
}

is_off() {
	[ "$(v domstate g)" = "shut off" ]
}

gone() {
	t_is "$1: no rules and records are left" "0 " \
		"$(chains "[a-z0-9]*") $(records)"
	t_is "$1: nothing forged has come out" seen "$(sniff forged)"
}

# Without them nothing else can be told, and each wait takes long.
honest() {
	h_got=$(sniff await "${2:-01}U")
	t_is "$1: honest frames come out" came "$h_got"
	[ "$h_got" = came ] || t_done
}

# ---- what there is to filter ---------------------------------------------
define g "" "$(nic 1)" "without profiles"
t_true "without profiles: start" v start g
honest "without profiles"
t_is "without profiles: all forged frames come out" \
	"seen 016 01a 01i 01l 01m 01s 01v 01x" "$(sniff forged)"
t_is "without profiles: no rules" 0 "$(chains "$(tap)")"
v destroy g
sniff reset >/dev/null

# ---- from start to end ---------------------------------------------------
define g "$ONE" "$(nic 1)" "a guest"
t_true "start" v start g
honest "start"
t_is "start: rules" 2 "$(chains "$(tap)")"
before=$(rules "$(tap)")
t_true "suspend" v suspend g
t_is "suspend: the rules stay" "$before" "$(rules "$(tap)")"
t_true "resume" v resume g
honest "resume"
t_is "resume: the rules stay" "$before" "$(rules "$(tap)")"

ip link add br1 type bridge
ip link set br1 up
# move BRIDGE: where the guest's card is plugged in, while it runs
move() {
	nic 1 | sed "s/br0/$1/" >$T_TMP/move.xml
	v update-device g $T_TMP/move.xml --live
}
t_true "another bridge" move br1
t_is "another bridge: it is there" br1 \
	"$(basename "$(readlink "/sys/class/net/$(tap)/master")")"
t_is "another bridge: the rules stay" "$before" "$(rules "$(tap)")"
t_true "and back" move br0
honest "and back"
t_is "and back: the rules stay" "$before" "$(rules "$(tap)")"

libvirt_stop TERM
honest "without libvirtd"
mv /etc/tapfilter/profiles /etc/tapfilter/away
t_true "libvirtd starts again" libvirt_start
honest "libvirtd starts again"
t_is "libvirtd starts again: the rules stay" "$before" "$(rules "$(tap)")"
v suspend g
libvirt_stop KILL
nft flush ruleset
t_true "libvirtd starts again, without rules" libvirt_start
came_back() {
	[ "$(rules "$(tap)")" = "$before" ]
}
t_true "libvirtd starts again: the rules come back" poll came_back
mv /etc/tapfilter/away /etc/tapfilter/profiles
v resume g
honest "after that"
t_is "nothing forged has come out" seen "$(sniff forged)"

t_true "managedsave" v managedsave g
gone managedsave
t_true "restore" v start g
honest restore
t_is "restore: rules" 2 "$(chains "$(tap)")"
t_true "shutdown" v shutdown g
t_true "shutdown: the guest ends" poll is_off
gone shutdown
t_true "start again" v start g
honest "start again"
t_true "destroy" v destroy g
gone destroy

t_true "start" v start g
honest "start"
libvirt_stop KILL
qemu=$(cat /run/libvirt/qemu/g.pid)
kill -KILL "$qemu"
t_true "QEMU and libvirtd die" poll ended "$qemu"
t_true "libvirtd starts again" libvirt_start
t_true "the guest is off" poll is_off
gone "QEMU and libvirtd died"

# ---- what cannot be filtered does not start --------------------------------
# refused NAME PATTERN COMMAND...: it fails, and says why
refused() {
	r_name=$1 r_pattern=$2
	shift 2
	r_rc=0
	"$@" >$T_TMP/refused 2>&1 || r_rc=$?
	t_is "$r_name: refused" 1 $r_rc
	t_true "$r_name: the reason is shown" grep -q "$r_pattern" $T_TMP/refused
}

define g "$(ref "mac='52:54:00:00:00:01'" "profile='no-such'")" "$(nic 1)" \
	"a missing profile"
refused "a missing profile" no-such v start g
gone "a missing profile"
define g "$(ref "mac='52:54:00:00:00:01'" "profile='clean-traffic'")" \
	"$(nic 1)" "a missing parameter"
refused "a missing parameter" ip_address v start g
gone "a missing parameter"
cp $T_TMP/root/usr/share/tapfilter/profiles/clean-traffic.xml \
	/etc/tapfilter/profiles/mine.xml
sed -i 's/clean-traffic/mine/' /etc/tapfilter/profiles/mine.xml
define g "$(ref "mac='52:54:00:00:00:01'" \
	"profile='mine' ip_address='10.0.0.1'")" "$(nic 1)" "a profile that goes"
t_true "a profile that goes: start" v start g
honest "a profile that goes"
t_true "a profile that goes: managedsave" v managedsave g
mv /etc/tapfilter/profiles/mine.xml $T_TMP
refused "a profile that has gone: restore" mine v start g
gone "a profile that has gone"
mv $T_TMP/mine.xml /etc/tapfilter/profiles
t_true "a profile that is back: restore" v start g
honest "a profile that is back"
echo frobnicate >>/etc/tapfilter/tapfilter.conf
before=$(rules "$(tap)")
libvirt_stop TERM
t_true "a broken configuration: libvirtd starts again" libvirt_start
honest "a broken configuration"
t_is "a broken configuration: the rules stay" "$before" "$(rules "$(tap)")"
v destroy g
refused "a broken configuration: start" tapfilter.conf v start g
sed -i /frobnicate/d /etc/tapfilter/tapfilter.conf
t_true "a whole configuration: start" v start g
honest "a whole configuration"
v destroy g
gone "a whole configuration"

# ---- two cards -------------------------------------------------------------
define g "$ONE$(ref "alias='ua-two'" "profile='no-mac-spoofing'")" \
	"$(nic 1)$(nic 2 "<alias name='ua-two'/>")" "two cards"
t_true "two cards: start" v start g
honest "two cards, the first" 01
honest "two cards, the second" 02
t_is "two cards: each has its own rules" "seen 026 02a 02i 02l 02s 02v 02x" \
	"$(sniff forged)"
t_true "two cards: destroy" v destroy g
sniff reset >/dev/null
gone "two cards"

# ---- other profiles for a guest that runs ----------------------------------
define g "$(ref "mac='52:54:00:00:00:01'" "profile='no-mac-spoofing'")" \
	"$(nic 1)" "metadata"
t_true "metadata: start" v start g
honest "metadata"
t_is "metadata: what a small profile lets through" \
	"seen 016 01a 01i 01l 01s 01v 01x" "$(sniff forged)"
t_true "metadata: set" v metadata g --uri urn:tapfilter:1 --key tf --live \
	--config --set "<firewall><interface mac='52:54:00:00:00:01'><reference
	$CLEAN1/></interface></firewall>"
t_true "metadata: reload asks virsh" "$TF_BUILD/tapfilter" reload
honest "metadata, after it"
sniff reset >/dev/null
honest "metadata, from then on"
t_is "metadata: nothing forged comes out" seen "$(sniff forged)"
v destroy g
gone metadata
t_true "metadata: start again" v start g
honest "metadata, next time"
v destroy g
gone "metadata, next time"

# ---- cards that come later -------------------------------------------------
# ethernet NUMBER TAP: made by libvirt, set up by our scripts
ethernet() {
	e_target=${2:+"<target dev='$2'/>"}
	cat <<-END
	<interface type='ethernet'>
	<mac address='52:54:00:00:00:0$1'/>
	$e_target
	<script path='/usr/libexec/tapfilter/qemu-ifup'/>
	<downscript path='/usr/libexec/tapfilter/qemu-ifdown'/>
	<model type='virtio'/><rom enabled='no'/>
	</interface>
	END
}

cat >/etc/tapfilter/domains/hp0.xml <<-END
<domain><name>g</name><devices>
<interface type='bridge'>
<mac address='52:54:00:00:00:02'/><source bridge='br0'/><target dev='hp0'/>
<firewall><reference $CLEAN2/></firewall>
</interface></devices></domain>
END
no_hp0() {
	! ip link show hp0
}

define g "$ONE" "$(nic 1)" "hot-plug"
t_true "hot-plug: start" v start g
honest "hot-plug"
ethernet 2 hp0 >$T_TMP/hp0.xml
t_true "hot-plug: attach" v attach-device g $T_TMP/hp0.xml --live
t_is "hot-plug: rules" 2 "$(chains hp0)"
honest "hot-plug, the new card" 02
t_true "hot-plug: detach" v detach-device g $T_TMP/hp0.xml --live
t_true "hot-plug: the tap goes" poll no_hp0
no_record() {
	! records | grep hp0
}
t_true "hot-plug: its record goes" poll no_record
honest "hot-plug, the first card"
t_is "hot-plug: no rules are left" 0 "$(chains hp0)"
ethernet 3 "" >$T_TMP/auto.xml
refused "hot-plug with an automatic name" 'vnet[0-9]' \
	v attach-device g $T_TMP/auto.xml --live
t_is "hot-plug: the guest has the first card only" 1 \
	"$(v domiflist g | grep -c 52:54)"
nic 3 >$T_TMP/past.xml
t_true "hot-plug past us" v attach-device g $T_TMP/past.xml --live
honest "hot-plug past us" 03
t_true "hot-plug past us: status names it" sh -c \
	"'$TF_BUILD/tapfilter' status | grep -q '^$(tap 2) *unfiltered in br0'"
t_true "hot-plug past us: so does verify" sh -c \
	"'$TF_BUILD/tapfilter' verify | grep -q '^$(tap 2): unfiltered$'"
# One more reference, as an administrator adds it
bind_third() {
	v metadata g --uri urn:tapfilter:1 --key tf --live --set "<firewall>
	<interface mac='52:54:00:00:00:01'><reference $CLEAN1/></interface>
	<interface mac='52:54:00:00:00:03'><reference profile='clean-traffic'
	ip_address='10.0.0.3'/></interface></firewall>" &&
		"$TF_BUILD/tapfilter" reload --guest g
}
t_true "hot-plug past us: reload --guest binds it" bind_third
honest "hot-plug past us, bound" 03
sniff reset >/dev/null
honest "hot-plug past us, from then on" 03
t_is "hot-plug past us: nothing forged comes out" seen "$(sniff forged)"
t_is "hot-plug past us: verify" 0 \
	"$("$TF_BUILD/tapfilter" verify "$(tap 2)" >/dev/null 2>&1; echo $?)"
v destroy g
gone "hot-plug"
define g "$ONE" "$(nic 1)$(ethernet 2 hp0)" "scripts at the start"
t_true "scripts at the start: start" v start g
honest "scripts at the start, first card"
honest "scripts at the start, second card" 02
t_true "scripts at the start: shutdown" v shutdown g
t_true "scripts at the start: the guest ends" poll is_off
gone "scripts at the start"

# ---- libvirt's own filter --------------------------------------------------
cat >$T_TMP/own.xml <<-END
<filter name='no-mac-spoofing' chain='root'>
<rule action='drop' direction='out' priority='1'>
<mac match='no' srcmacaddr='\$MAC'/></rule>
</filter>
END
echo "honour-filterref = yes" >>/etc/tapfilter/tapfilter.conf
define g "" "$(nic 1 "<filterref filter='no-mac-spoofing'/>")" "filterref"
refused "filterref that libvirt does not know" no-mac-spoofing v start g
t_true "filterref: define the filter" v nwfilter-define $T_TMP/own.xml
t_true "filterref: start" v start g
honest filterref
t_is "filterref: ours stands" 2 "$(chains "$(tap)")"
t_is "filterref: libvirt's stands" "$(tap)" \
	"$(v nwfilter-binding-list | awk '{ print $1 }')"
t_is "filterref: what it lets through" "seen 016 01a 01i 01l 01s 01v 01x" \
	"$(sniff forged)"
v destroy g
sniff reset >/dev/null
t_is "filterref: our rules have gone" "0 " \
	"$(chains "vnet[0-9]*") $(records)"

# ---- the hook is a link, as with the Debian package ------------------------
hook=/etc/libvirt/hooks/qemu.d/tapfilter
mv $hook $T_TMP/hook
ln -s $T_TMP/hook $hook
define g "$ONE" "$(nic 1)" "a link"
t_true "a link: start" v start g
t_is "a link: rules" 2 "$(chains "$(tap)")"
v destroy g
rm $T_TMP/hook
t_true "a link that leads nowhere: start" v start g
t_is "a link that leads nowhere: no rules" 0 "$(chains "$(tap)")"
v destroy g

# ---- installation ----------------------------------------------------------
inst() {
	make -s -C "$TF_TOP" BUILD="$TF_BUILD" DESTDIR=$T_TMP/root "$1"
}
hook=$T_TMP/root/etc/libvirt/hooks/qemu.d/tapfilter
echo "# mine" >>$hook
t_true "install again" inst install
t_is "install again: a hook that is there is kept" "# mine" "$(tail -n 1 $hook)"
t_true "uninstall" inst uninstall
t_false "uninstall: the hook goes" test -e $hook
t_done
