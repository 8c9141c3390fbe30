# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# A QEMU that a test started: its process is $QEMU, empty for none; what it says
# is in $T_TMP/qemu.log; descriptor 9 is the other end of its monitor.
#
#   qemu_ready TRIES       poll until its monitor answers, 20 times a second:
#                          then the hook has run and all else is set up
#   stop_qemu SIGNAL|quit  its exit status is the result, and in $stop_rc

qemu_ready() {
	echo 'info status' >&9
	qemu_n=0
	until grep -q '^VM status' "$T_TMP/qemu.log" 2>/dev/null; do
		qemu_n=$((qemu_n + 1))
		kill -0 $QEMU 2>/dev/null && [ "$qemu_n" -lt "$1" ] || return 1
		sleep 0.05
	done
}

stop_qemu() {
	[ -n "$QEMU" ] || return 0
	if [ "$1" = quit ]; then
		echo quit >&9
	else
		kill "-$1" $QEMU 2>/dev/null
	fi
	wait $QEMU 2>/dev/null
	stop_rc=$?
	QEMU=
	return $stop_rc
}
