#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Linux guest of libvirt.sh, with QEMU alone: qemu-ifup and qemu-ifdown.
set -u
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=test/host.sh
. "$TF_TOP/test/host.sh"
host_enter "$@"
host_setup
sniff_start p1

write_domain() {
	cat >/etc/tapfilter/domains/tap0.xml <<-END
	<domain><name>g</name><devices><interface type='bridge'>
	<mac address='52:54:00:00:00:01'/>
	<source bridge='br0'/><target dev='tap0'/>
	${1:+<firewall>$1</firewall>}
	</interface></devices></domain>
	END
}

# Its monitor is descriptor 7.
start() {
	rm -f $T_TMP/monitor
	mkfifo $T_TMP/monitor
	qemu-system-x86_64 -accel tcg -m 128 -nodefaults -no-user-config \
		-display none -monitor stdio -no-reboot \
		-serial file:$T_TMP/console -kernel "$GUEST_KERNEL" \
		-initrd "$GUEST_INITRD" -append "$GUEST_APPEND" \
		-netdev tap,id=n0,ifname=tap0,script=/usr/libexec/tapfilter/qemu-ifup,downscript=/usr/libexec/tapfilter/qemu-ifdown \
		-device virtio-net-pci,netdev=n0,romfile=,mac=52:54:00:00:00:01 \
		<$T_TMP/monitor >$T_TMP/qemu.log 2>&1 8>&- 9<&- &
	QEMU=$!
	exec 7>$T_TMP/monitor
}

honest() {
	h_got=$(sniff await 01U)
	t_is "$1: honest frames come out" came "$h_got"
	[ "$h_got" = came ] || t_done
}

# stop NAME COMMAND
stop() {
	echo "$2" >&7
	wait $QEMU
	t_is "$1: QEMU ends well" 0 $?
	exec 7>&-
}

write_domain ""
start
honest "without profiles"
t_is "without profiles: all forged frames come out" \
	"seen 016 01a 01i 01l 01m 01s 01v 01x" "$(sniff forged)"
stop "without profiles" quit
sniff reset >/dev/null

write_domain "<reference profile='clean-traffic' ip_address='10.0.0.1'/>"
for how in quit system_powerdown; do
	start
	honest "$how"
	t_is "$how: rules" 2 "$(chains tap0)"
	stop $how $how
	t_is "$how: no rules and records are left" "0 " \
		"$(chains tap0) $(records)"
	t_is "$how: nothing forged has come out" seen "$(sniff forged)"
done
t_done
