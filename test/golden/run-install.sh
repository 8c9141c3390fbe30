#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What "make install" and "make install-setuid" put where, and with which mode.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"

t_need_root
t_need make
t_tmp

# install TARGET: everything is built, nothing is to be built here
install_to() {
	make -s -C "$TF_TOP" -o all "$1" BUILD="$TF_BUILD" SETUID_GROUP=daemon \
		DESTDIR="$T_TMP/root" >"$T_TMP/log" 2>&1
}

# modes: of every file that is more than readable or executable for all
modes() {
	(cd "$T_TMP/root" && find . -type f ! -perm 644 ! -perm 755 \
		-printf '%m %u:%g %p\n' | sort)
}

t_true "make install" install_to install
t_is "no bit is set" "" "$(modes)"
t_is "the programs" "tapfilter-helper tapfilter-resolve" \
	"$(cd "$T_TMP/root/usr/libexec/tapfilter" && echo tapfilter-*)"
t_is "bash finds what completes both" "tapfilter tapfilter-helper" \
	"$(cd "$T_TMP/root/usr/share/bash-completion/completions" &&
		grep -l '^complete -F _tapfilter' -- * | tr '\n' ' ' |
		sed 's/ $//')"
echo '[tapfilter]' >"$T_TMP/root/etc/tapfilter/tapfilter.conf"
t_true "make install-setuid" install_to install-setuid
t_is "one is, for one group" \
	"4750 root:daemon ./usr/libexec/tapfilter/tapfilter-helper" "$(modes)"
t_is "the configuration is left alone" "[tapfilter]" \
	"$(cat "$T_TMP/root/etc/tapfilter/tapfilter.conf")"

# Without the helper a guest cannot start, and one that runs is not killed.
sed 's|/usr/libexec/tapfilter/|/nonexistent/|' "$TF_TOP/hooks/qemu" \
	>"$T_TMP/hook"
hook() {
	rc=0
	sh "$T_TMP/hook" web "$1" begin - </dev/null >/dev/null 2>&1 || rc=$?
	echo "$rc"
}
t_is "libvirt's hook without a helper: start, reconnect" "127 0" \
	"$(hook start) $(hook reconnect)"

t_true "make install again" install_to install
t_is "takes the bit away" "" "$(modes)"
t_true "make uninstall" install_to uninstall
t_is "leaves what the administrator wrote" ./etc/tapfilter/tapfilter.conf \
	"$(cd "$T_TMP/root" && find . ! -type d)"
t_done
