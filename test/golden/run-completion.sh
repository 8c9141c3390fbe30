#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What bash offers: the completion is sourced, and called as bash calls it.
# shellcheck source=test/lib.sh
. "$(dirname "$0")/../lib.sh"
t_need sed
t_tmp
mkdir -p "$T_TMP/profiles" "$T_TMP/sys/tap0" "$T_TMP/sys/tap1" \
	"$T_TMP/sys/tun0" "$T_TMP/sys/br0/bridge" "$T_TMP/files/web" "$T_TMP/bin"
echo 0x1002 >"$T_TMP/sys/tap0/tun_flags"
echo 0x5102 >"$T_TMP/sys/tap1/tun_flags"
echo 0x1001 >"$T_TMP/sys/tun0/tun_flags" # IP, no Ethernet
for i in clean own; do
	echo "<FilterPool name='$i'/>" >"$T_TMP/profiles/$i.xml"
done
touch "$T_TMP/files/web.xml"
cat >"$T_TMP/conf" <<END
[tapfilter]
template-path = $T_TMP/profiles
domain-dir = $T_TMP/files
END
printf '#!/bin/sh\necho web\necho db\n' >"$T_TMP/bin/virsh"
chmod 755 "$T_TMP/bin/virsh"
PATH=$T_TMP/bin:$PATH
cd "$T_TMP/files" || exit 1
# shellcheck source=conf/completion/tapfilter
. "$TF_TOP/conf/completion/tapfilter"
# shellcheck disable=SC2034 # it looks there
_tapfilter_devices=$T_TMP/sys

# offers PROGRAM WORD...: what is offered for the last word, sorted
offers() {
	local program=$TF_BUILD/$1
	shift
	COMP_WORDS=("$program" "$@")
	COMP_CWORD=$#
	_tapfilter "$program" "${COMP_WORDS[COMP_CWORD]}" \
		"${COMP_WORDS[COMP_CWORD - 1]}" 2>"$T_TMP/err"
	cat "$T_TMP/err"
	printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | tr '\n' ' ' |
		sed 's/ $//'
}

is() {
	local want=$1
	shift
	t_is "$*" "$want" "$(offers "$@")"
}

t_is "bash knows both programs" \
	"complete -F _tapfilter tapfilter complete -F _tapfilter tapfilter-helper" \
	"$(complete -p tapfilter tapfilter-helper | tr '\n' ' ' | sed 's/ $//')"

# ---- commands ---------------------------------------------------------------
commands=$("$TF_BUILD/tapfilter" --help |
	sed -n '/^$/,/^$/s/^  \([a-z-]*\) .*/\1/p' | LC_ALL=C sort |
	tr '\n' ' ' | sed 's/ $//')
is "$commands" tapfilter ""
for i in $commands; do
	t_is "its usage is known: $i" "$("$TF_BUILD/tapfilter" help "$i" |
		sed -n '1,/^$/p' | tr -s '\n ' ' ' |
		sed "s/^usage: tapfilter $i *//;s/ *\$//")" \
		"$(_tapfilter_usage "$TF_BUILD/tapfilter" "$i" | tr -s ' ' |
			sed 's/^ *//;s/ *$//')"
done
is "--br= --domain= --fd= --mac= --nic= --use-vnet" tapfilter-helper bridge -
is "up update" tapfilter up
is "--config --help --version" tapfilter -
is "bridge down gc hook reload replace restore up" tapfilter-helper ""

# ---- what comes behind them ------------------------------------------------------
is "tap0 tap1" tapfilter up ""
is "tap1" tapfilter reload tap0 tap1
is "--domain --no-link" tapfilter up -
is "web.xml" tapfilter up --domain web.
is "web web.xml" tapfilter check w
is "web web.xml" tapfilter check web.xml ""
is "tap0 tap1" tapfilter up --domain web.xml ""
is "tap0 tap1" tapfilter up --no-link ""
is "--domain --no-link" tapfilter up tap0 ""
is "tap0 tap1" tapfilter compile --domain web.xml --tap ""
is "db web" tapfilter reload --guest ""
is "clean own" tapfilter --config "$T_TMP/conf" dumpxml ""
is "own" tapfilter --config "$T_TMP/conf" selftest clean o
is "web web.xml" tapfilter --config ""
is "explain" tapfilter acl ""
is "bridge down reload up" tapfilter acl explain root ""
is "br0" tapfilter acl explain --bridge = ""
is "br0" tapfilter acl explain --bridge =
is "br0" tapfilter-helper bridge --br = b
is "--bridge=" tapfilter acl explain --b
is "--json" tapfilter observe tap0 --j
is "" tapfilter observe tap0 --seconds ""
is "$commands" tapfilter help ""
is "" tapfilter gc ""
is "" tapfilter nonsense ""
is "" tapfilter-helper hook ""

# ---- names that a shell must not read ------------------------------------------------
# shellcheck disable=SC2016 # they are not expanded
is "" tapfilter '$(touch hit)' ""
# shellcheck disable=SC2016
is "" tapfilter up '`touch hit`'
# shellcheck disable=SC2016
is "" tapfilter --config '$(touch hit)' dumpxml ""
mkdir "$T_TMP/sys/\$(id>hit)"
echo 0x1002 >"$T_TMP/sys/\$(id>hit)/tun_flags"
is "tap0 tap1" tapfilter up ""
t_false "nothing was run" test -e hit
t_done
