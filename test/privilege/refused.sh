#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Ways to be started that are refused, and what a caller's environment may say:
# each refusal is clean, and changes nothing.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
t_ns "$@"
t_need strace setcap setpriv
su_setup
su_taps 1
su_log
dir=/usr/libexec/tapfilter
said() {
	case $err in
	*"$2"*) t_ok "$1" ;;
	*) t_fail "$1" "$err" ;;
	esac
}

# ---- not setuid root ------------------------------------------------------------------

cp "$HELPER" "$dir/caps"
chmod 755 "$dir/caps"
for i in cap_net_admin+ep cap_net_admin,cap_setuid,cap_setgid,cap_setpcap+ep \
	cap_net_admin+p; do
	setcap "$i" "$dir/caps"
	su_same "file capabilities $i" 3 as "$ALICE" "$dir/caps" up al-0
	[ "$i" = cap_net_admin+p ] || said "file capabilities $i: says so" "file capabilities are not a way"
done
setcap -r "$dir/caps"
su_same "no privilege at all" 3 as "$ALICE" "$dir/caps" up al-0
said "no privilege at all: says so" "only root may do this"
chgrp "$BOB" "$dir/caps"
chmod 2755 "$dir/caps"
su_same "setgid" 3 as "$ALICE" "$dir/caps" up al-0
said "setgid: says so" "cannot run setgid"
chmod 6755 "$dir/caps"
su_same "setuid and setgid" 3 as "$ALICE" "$dir/caps" up al-0
chown "$BOB:0" "$dir/caps"
chmod 4755 "$dir/caps"
su_same "setuid to another user than root" 3 as "$ALICE" "$dir/caps" up al-0
rm "$dir/caps"
# Ambient capabilities leave the caller's uid.
cp "$HELPER" "$dir/copy"
chmod 755 "$dir/copy"
su_same "an ambient capability" 3 setpriv --reuid="$ALICE" --regid="$ALICE" \
	--clear-groups --inh-caps=+net_admin --ambient-caps=+net_admin \
	"$dir/copy" up al-0
# The bounding set is cut by whoever starts it: what it needs is missing.
for i in net_admin setuid setgid setpcap; do
	su_same "setuid without $i in the bounding set" 3 setpriv \
		--reuid="$ALICE" --regid="$ALICE" --clear-groups \
		--inh-caps=-all --bounding-set="-$i" "$HELPER" up al-0
done
su_same "root without net_admin" 3 setpriv --bounding-set=-net_admin \
	--inh-caps=-all "$HELPER" up al-0

# 19
su_same "under no_new_privs" 3 as "$ALICE" --no-new-privs "$HELPER" up al-0
said "under no_new_privs: names it" no_new_privs
mkdir "$T_TMP/nosuid"
mount -t tmpfs -o nosuid,mode=755 tmp "$T_TMP/nosuid"
chmod 755 "$T_TMP"
cp "$HELPER" "$T_TMP/nosuid/helper"
chmod 4755 "$T_TMP/nosuid/helper"
su_same "from a nosuid mount" 3 as "$ALICE" "$T_TMP/nosuid/helper" up al-0
umount "$T_TMP/nosuid"
# A hard link in a directory of the caller's does not choose the resolver.
mkdir -m 777 "$dir/his"
ln "$HELPER" "$dir/his/tapfilter-helper"
cp "$TF_BUILD/test/netns/fake_resolve" "$dir/his/tapfilter-resolve"
echo "touch $dir/his/ran" >"$dir/his/script"
as "$ALICE" "$dir/his/tapfilter-helper" up al-0 >/dev/null 2>&1
t_is "a link to it starts the installed resolver" "up 2 " \
	"$(flags al-0) $(chains al-0) $(ls "$dir/his/ran" 2>/dev/null)"
alice down al-0
rm -r "$dir/his"

# 20
for i in "-Ur" "-U" "-Urn" "-Urnm"; do
	su_same "a user namespace: unshare $i" 3 as "$ALICE" \
		unshare "$i" "$HELPER" up al-0
done
as "$ALICE" unshare -Ur "$HELPER" up al-0 2>"$T_TMP/err" >/dev/null </dev/null
err=$(cat "$T_TMP/err")
said "root of a user namespace is told so" "not the host's user namespace"
# Also when real root made it
su_same "root's own user namespace" 3 unshare -Ur "$HELPER" up al-0
su_same "root's own namespaces" 3 unshare -Urn "$HELPER" up al-0

# ---- arguments ------------------------------------------------------------------------

usage() {
	su_same "usage: $*" 2 as "$ALICE" "$HELPER" "$@"
}
usage
usage ''
usage u al-0
usage upp al-0
usage UP al-0
usage up
usage up ''
usage up al-0 al-1
usage up al-0 --no-link
usage up -- al-0
usage up --no-lin al-0
usage up --no-link --no-link al-0
usage up --domain
usage up --domain ''
usage up --domain a --domain b al-0
usage up --domain=- al-0
usage up -h al-0
usage -- up al-0
usage down
usage down --domain - al-0
usage down al-0 al-0
usage reload al-0 al-0
usage gc al-0
usage --config
usage --config '' up al-0
usage --confi /etc/passwd up al-0
usage --config=/etc/passwd up al-0
usage --help --version
usage --version up
usage -V
usage bridge
usage bridge --br=br0
usage bridge --br=br0 --fd=3
usage bridge --br=br0 --fd=3 --domain=
usage bridge --br=br0 --fd= --domain=lab-web
usage bridge --br= --fd=3 --domain=lab-web
usage bridge --br=br0 --fd=0 --domain=lab-web
usage bridge --br=br0 --fd=2 --domain=lab-web
usage bridge --br=br0 --fd=-1 --domain=lab-web
usage bridge --br=br0 --fd=+3 --domain=lab-web
usage bridge --br=br0 --fd=03x --domain=lab-web
usage bridge --br=br0 --fd=2147483648 --domain=lab-web
usage bridge --br=br0 --fd=4294967299 --domain=lab-web
usage bridge --br=br0 --br=br0 --fd=3 --domain=lab-web
usage bridge --br=../br0 --fd=3 --domain=lab-web
usage bridge --br=br0 --fd=3 --domain=../lab-web
usage bridge --br=br0 --fd=3 --domain=a/b
usage bridge --br=br0 --fd=3 --domain=.lab-web
usage bridge --br=br0 --fd=3 --domain=-x
usage bridge --br=br0 --fd=3 --domain=lab-web --nic=0 --mac=52:54:00:00:00:01
usage bridge --br=br0 --fd=3 --domain=lab-web --use-vne
usage bridge --br=br0 --fd=3 --domain=lab-web al-0
usage --br=br0 --fd=3
usage --use-vnet --br=br0 --fd=3
long=$(head -c 65536 /dev/zero | tr '\0' a)
usage up "$long"
usage "$long"
usage --config "$long"
usage up --"$long" al-0
# shellcheck disable=SC2046 # as many arguments
usage up $(seq 5000)
# What is for root alone, well formed
denied() {
	su_same "for root: $1 $2" 3 as "$ALICE" "$HELPER" "$@"
	t_is "for root: $1 $2: says no more" \
		"not allowed; the system log says why" "${err#*: *: }"
}
denied up --no-link al-0
denied down --no-link al-0
denied up --domain /etc/shadow al-0
denied up --domain - al-0
denied --config /etc/shadow up al-0
denied --config /etc/tapfilter/tapfilter.conf up al-0
denied gc
denied restore
denied restore al-0
denied replace
denied reload
denied reload --domain /etc/shadow al-0
denied reload --domain -

# ---- environment ----------------------------------------------------------------------

# 5: what libraries, shells and we might listen to, each with a path of its own
mkdir -m 777 "$dir/env"
set --
for i in LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG LD_DEBUG_OUTPUT \
	LD_PROFILE LD_PROFILE_OUTPUT LD_BIND_NOW LD_ORIGIN_PATH LD_SHOW_AUXV \
	LD_USE_LOAD_BIAS LD_DYNAMIC_WEAK LD_ASSUME_KERNEL LD_HWCAP_MASK \
	GLIBC_TUNABLES MALLOC_CHECK_ MALLOC_TRACE MALLOC_PERTURB_ MALLOC_ARENA_MAX \
	XTABLES_LIBDIR XTABLES_LOCKFILE IPTABLES_LIB_DIR EBTABLES_LIB_DIR \
	NFT_LIBDIR NFTNL_DEBUG XML_CATALOG_FILES SGML_CATALOG_FILES \
	XML_DEBUG_CATALOG XMLLINT_INDENT http_proxy https_proxy ftp_proxy \
	no_proxy LC_ALL LC_MESSAGES LANG LANGUAGE LOCPATH NLSPATH GCONV_PATH \
	GETCONF_DIR CHARSET OUTPUT_CHARSET TEXTDOMAINDIR TMPDIR TEMP TMP \
	HOSTALIASES LOCALDOMAIN RES_OPTIONS RESOLV_HOST_CONF NIS_PATH TZ TZDIR \
	PATH IFS ENV BASH_ENV CDPATH HOME SHELL PWD OLDPWD DESTDIR \
	TAPFILTER_CONFIG TAPFILTER_CONF CONFIG TF_STATE TF_BUILD LIBEXECDIR \
	ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS G_DEBUG PYTHONPATH PERL5LIB \
	SYSTEMD_LOG_TARGET JOURNAL_STREAM NOTIFY_SOCKET LISTEN_FDS LISTEN_PID; do
	touch "$dir/env/$i"
	set -- "$@" "$i=$dir/env/$i"
done
[ $# -ge 60 ] || t_fail "60 variables" "$#"
# The caller's own programs must not see them.
for i in up down; do
	strace -f -u alice -s 256 -e trace=file,execve -v -o "$T_TMP/trace" \
		env -i "$@" "$HELPER" "$i" al-0 >/dev/null 2>&1 </dev/null
	t_is "$i with $# hostile variables" "$i" "$(flags al-0)"
	t_is "$i opens no file that they name" "" \
		"$(grep -F "$dir/env" "$T_TMP/trace" | grep -v execve)"
	[ "$i" = down ] || t_is "the resolver has no environment at all" \
		"0x" "$(sed -n 's/.*execveat(.*\], \(0x\|\[\]\).*AT_EMPTY_PATH.*/\1/p' \
		"$T_TMP/trace" | sed 's/\[\]/0x/')"
done
t_is "no variable made a file" "" \
	"$(find "$dir/env" -type f \( -newer "$T_TMP/trace" -o -size +0 \))"
# Time stamps are the host's, not the caller's.
begun=$(date +%H:%M)
log_of as "$ALICE" env TZ=XXX-11:33 "$HELPER" down al-0
ended=$(date +%H:%M)
stamp=$(grep -v '^mark' "$T_TMP/log" | sed -n '$s/^<[0-9]*>.\{7\}\(.....\).*/\1/p')
case $stamp in
"$begun" | "$ended") t_ok "TZ does not reach the log" ;;
*) t_fail "TZ does not reach the log" "$stamp, not $begun to $ended" ;;
esac
t_done
