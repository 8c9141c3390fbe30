#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scripts that QEMU calls, as QEMU calls them: one argument, its own
# environment, the open tap as descriptor 3, ignored signals.
#
# Runs also with: xtables state xtables-state ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
mkdir "$T_TMP/bin" "$T_TMP/links"
cp "$TF_TOP/hooks/qemu-ifup" "$TF_TOP/hooks/qemu-ifdown" \
	"$TF_BUILD/tapfilter-helper" "$TF_BUILD/tapfilter-resolve" "$T_TMP/bin"
ln -s "$T_TMP/bin/qemu-ifup" "$T_TMP/bin/qemu-ifdown" "$T_TMP/links"
# The helper takes no file from QEMU, so the configuration goes where it looks.
mkdir "$T_TMP/etc"
cp -a /etc/. "$T_TMP/etc"
mount --bind "$T_TMP/etc" /etc
mkdir -p /etc/tapfilter
cp "$T_TMP/conf" /etc/tapfilter/tapfilter.conf

as_qemu() {
	(
		trap '' PIPE CHLD ALRM
		exec env -i PATH=/nowhere LD_BIND_NOW=1 IFS=x "$@" \
			3</dev/null </dev/null
	)
}

for dir in bin links; do
	t_true "$dir: qemu-ifup" as_qemu "$T_TMP/$dir/qemu-ifup" tap0
	t_is "$dir: filtered" "pass drop" \
		"$(probe tap0 "$GUEST") $(probe tap0 "$OTHER")"
	t_is "$dir: chains" 2 "$(chains tap0)"
	t_true "$dir: qemu-ifdown" as_qemu "$T_TMP/$dir/qemu-ifdown" tap0
	t_is "$dir: link, bridge, chains" "down  0" \
		"$(flags tap0) $(port_of tap0) $(chains tap0)"
done
up_domain tap0 br0 missing
t_false "qemu-ifup fails with the helper" \
	as_qemu "$T_TMP/bin/qemu-ifup" tap0
t_false "qemu-ifup without an argument" as_qemu "$T_TMP/bin/qemu-ifup"
rm "$T_TMP/bin/tapfilter-helper"
t_is "qemu-ifup fails without the helper" 127 \
	"$(as_qemu "$T_TMP/bin/qemu-ifup" tap0 2>/dev/null; echo $?)"
t_done
