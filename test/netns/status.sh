#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# status, verify and reload of the administrator's tool: rules that were
# flushed or changed, taps that nobody told us of, domains that libvirt keeps.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

# state TAP: what status says
state() {
	tf status "$1" | sed -n "s/^$1  *\(.*[a-z]\)   *[^ ]* .*/\1/p;s/^$1  *\([a-z ]*[a-z]\)  *[-a-z0-9]*\$/\1/p" |
		sed 's/  .*//' | head -n 1
}

# verify [TAP]: its exit status, and whether it names the tap
verify() {
	v_rc=0
	tf verify "$@" >"$T_TMP/out" 2>&1 || v_rc=$?
	echo "$v_rc"
}

# force TAP: the profile whose rules it has
force() {
	nft list ruleset | sed -n "/chain $1-out /,/}/p" |
		grep -o 'own-mac:\|let-other:' | sort -u
}

t_is "nothing yet: status" "" "$(tf status)"
t_is "nothing yet: verify" 0 "$(verify)"
t_is "a tap in no bridge: verify" 1 "$(verify tap0)"

helper up tap0
t_is "filtered: state" filtered "$(state tap0)"
t_is "filtered: verify" "0 0" "$(verify) $(verify tap0)"
t_true "status has bridge, MAC, domain and profile" sh -c "
	'$TF_BUILD/tapfilter' --config '$T_TMP/conf' status |
	grep '^tap0  *filtered  *br0  *$GUEST guest-tap0 own-mac\$'"

# ---- what is changed behind our back ------------------------------------------
table=$(nft list tables netdev | cut -d' ' -f3)
handle=$(nft -a list chain netdev "$table" tap0-out |
	sed -n 's/.*drop.*# handle \([0-9]*\)/\1/p' | tail -n 1)
nft delete rule netdev "$table" tap0-out handle "$handle"
t_is "a rule deleted: verify" 4 "$(verify tap0)"
t_true "and names the tap" grep -q tap0 "$T_TMP/out"
t_true "reload mends it" tf reload tap0
t_is "mended: verify" 0 "$(verify tap0)"
nft insert rule netdev "$table" tap0-out accept
t_is "a rule added: verify" 4 "$(verify)"
tf reload
t_is "mended again: verify" 0 "$(verify)"
nft flush ruleset
t_is "flushed: state" "no rules" "$(state tap0)"
t_is "flushed: verify" 5 "$(verify)"
helper up tap0
t_is "up again: verify" 0 "$(verify)"

# ---- taps that nobody told us of -----------------------------------------------
ip tuntap add vnet0 mode tap
ip link set vnet0 master br0 up
t_is "a stranger: state" unfiltered "$(state vnet0)"
t_is "a stranger: verify of all goes well" 0 "$(verify)"
t_true "but names it" grep -q 'vnet0 is in bridge br0, and not filtered' \
	"$T_TMP/out"
t_is "a stranger: verify by name" 5 "$(verify vnet0)"
ip link del tap0
t_is "gone: state" gone "$(state tap0)"
t_is "gone: verify" 0 "$(verify)"
ip tuntap add tap0 mode tap
ip link set tap0 master br0 up
t_true "another device of its name" sh -c "
	'$TF_BUILD/tapfilter' --config '$T_TMP/conf' status |
	grep '^tap0  *unfiltered '"
helper down tap0

# ---- domains that libvirt keeps --------------------------------------------------
up_profile let-other "$OTHER"
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

live let-other
: >"$T_TMP/calls"
t_true "reload asks virsh for it" tf reload
t_is "by its UUID, once" "dumpxml -- 01234567-89ab-cdef-0123-456789abcdef" \
	"$(cat "$T_TMP/calls")"
t_is "the new profile is in force" let-other: "$(force vnet0)"
live own-mac
helper up tap0
up_domain tap0 br0 let-other
t_true "reload of a file's tap and libvirt's" tf reload tap0 vnet0
t_is "both are in force" "own-mac: let-other:" "$(force vnet0) $(force tap0)"
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
