# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# Debian's kernel packages for virtual machines: downloaded and unpacked, never
# installed.  The caller sets
#
#   VM    directory that keeps what was downloaded
#   BB    busybox
#
#   kernel_package META   name of the kernel package that META depends on
#   fetch NAME            download a package once per version; prints the .deb
#   extract_kernel BZIMAGE FILE
#                         the kernel inside, which boots faster; or a copy
#   module_files DIR NAMES
#                         files below DIR of these modules, what they need first

kernel_package()
{
	apt-cache depends "$1" 2>/dev/null |
		sed -n 's/.*Depends: \(linux-image-[^ ]*\)/\1/p' | head -n 1
}

fetch()
{
	ver=$(apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Version: //p' | head -n 1)
	deb=$(find "$VM" -maxdepth 1 -name "$1_*.deb" | head -n 1)
	if [ -n "$ver" ]; then
		want=$VM/$(printf '%s_%s_amd64.deb' "$1" "$ver" |
			sed 's/:/%3a/g')
		[ -f "$want" ] || (cd "$VM" && rm -f "$1"_*.deb &&
			apt-get -q -o APT::Sandbox::User=root \
				download "$1" >apt.log 2>&1) || {
			cat "$VM/apt.log" >&2
			return 1
		}
		deb=$want
	fi
	[ -f "$deb" ] && echo "$deb"
}

# unpack BZIMAGE MAGIC COMMAND...: what follows the compressed stream makes the
# command complain.
unpack()
{
	at=$(LC_ALL=C grep -abo -m 1 -P "$2" "$1" | head -n 1 | cut -d: -f1)
	[ -n "$at" ] || return 1
	bzimage=$1
	shift 2
	tail -c "+$((at + 1))" "$bzimage" | "$@" 2>/dev/null
}

extract_kernel()
{
	unpack "$1" '\xFD7zXZ\x00' xz -dc >"$2"
	[ -s "$2" ] || unpack "$1" '\x02\x21\x4c\x18' lz4 -dc >"$2"
	head -c 4 "$2" | grep -q ELF || cp "$1" "$2"
}

module_files()
{
	"$BB" awk -F: -v "want=$2" '
	function name(f) {
		sub(".*/", "", f); sub("[.]ko$", "", f); gsub("-", "_", f)
		return f
	}
	function emit(f,  n, d, i) {
		if (done[f]++)
			return
		n = split(deps[f], d, " ")
		for (i = 1; i <= n; i++)
			emit(d[i])
		print f
	}
	{ deps[$1] = $2; path[name($1)] = $1 }
	END {
		n = split(want, w, " ")
		for (i = 1; i <= n; i++)
			if (w[i] in path)
				emit(path[w[i]])
	}' "$1/modules.dep"
}
