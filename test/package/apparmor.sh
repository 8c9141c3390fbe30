#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# conf/apparmor/libvirtd, in libvirtd's profile of Debian's package, which is
# unpacked and not installed.  The parser reads and compiles it; whether the
# kernel has AppArmor does not matter.
set -u
. "$(dirname "$0")/../lib.sh"
t_need apparmor_parser apt-get dpkg-deb
t_tmp
VM=$TF_BUILD/package
mkdir -p "$VM"
# shellcheck source=test/kernel.sh
. "$TF_TOP/test/kernel.sh"
deb=$(fetch libvirt-daemon-system)
if [ -z "$deb" ]; then
	t_skip "AppArmor" "libvirt-daemon-system could not be downloaded"
	t_done
fi
dpkg-deb -x "$deb" "$T_TMP/libvirt" || exit 1
LIBVIRT=$T_TMP/libvirt/etc/apparmor.d
mkdir -p "$T_TMP/etc/local"

# parse LINE...: libvirtd's profile, with these as what the administrator adds
parse() {
	printf '%s\n' "$@" >"$T_TMP/etc/local/usr.sbin.libvirtd"
	apparmor_parser -q -Q -K -T --policy-features /etc/apparmor.d/abi/3.0 \
		--kernel-features /etc/apparmor.d/abi/3.0 -I "$T_TMP/etc" \
		-I "$LIBVIRT" -I /etc/apparmor.d "$LIBVIRT/usr.sbin.libvirtd"
}

ours="include if exists \"$TF_TOP/conf/apparmor/libvirtd\""
t_true "the profile as it is" parse ""
t_true "with our rules" parse "$ours"
t_true "with our rules, and the package removed" parse \
	'include if exists "/nonexistent/libvirtd"'

# That a rule is there and holds: another one for the same path is a conflict.
for i in /usr/libexec/tapfilter/tapfilter-helper:ix \
	/usr/libexec/tapfilter/qemu-ifup:PUx \
	/usr/libexec/tapfilter/qemu-ifdown:PUx \
	'/usr/share/tapfilter/hooks/*:PUx'; do
	t_true "${i%:*}: a rule of somebody else's" parse "${i%:*} ${i#*:},"
	t_false "${i%:*}: a rule of ours" parse "$ours" "${i%:*} ${i#*:},"
done
t_false "a rule that is none" parse "$ours" "/usr/bin/x PUz,"

# All that libvirt's hook starts
for i in $(grep -oh '/usr/libexec/tapfilter/[a-z-]*' "$TF_TOP/hooks/qemu" |
	sort -u); do
	t_true "$i, which the hook starts, has a rule" \
		grep -q "^$i " "$TF_TOP/conf/apparmor/libvirtd"
done
t_done
