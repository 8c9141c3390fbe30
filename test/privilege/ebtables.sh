#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# backend = xtables for a user: the programs that it runs have CAP_NET_ADMIN, and
# CAP_NET_RAW if they are ebtables-legacy, the helper's uid, nothing of the
# caller's, and end with it.
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/setuid.sh"
. "$TF_TOP/test/ebt.sh"
t_need unshare
t_ns "$@"
su_setup
ebt_use
rc=0
su_conf "backend = xtables" "[acl alice]" "uid = $ALICE" \
	"op = up, down, reload" "domain = lab-web" "tap = al-#" "bridge = br0"
su_taps 1

ours() {
	ebt_save | grep -- ' *tf-' || true
}

alice up al-0
t_is "up" "0 up br0" "$rc $(flags al-0) $(port_of al-0)"
t_is "its chains are there" 1 "$(ours | grep -c '^:tf-al-0-o0 ')"
bridge link set dev al-0 locked off
t_is "others are dropped" drop "$(probe al-0 "$OTHER")"
t_is "own frames pass" pass "$(probe al-0 "$GUEST")"
alice down al-0
t_is "down" "0 down " "$rc $(flags al-0) $(ours)"

# REAL has the programs; of one variant, both are one file.
real=/usr/libexec/tapfilter/real
mkdir "$real"
for i in "$EBT_LIST" "$EBT_RESTORE"; do
	cp "$(readlink -f "$i")" "$real/${i##*/}"
done
# instead LIST RESTORE: what is run
instead() {
	as_they_are 2>/dev/null
	cat >"$real/instead" <<END
#!/bin/sh
case \$0 in
*-restore) $2 ;;
*) $1 ;;
esac
exec $real/\${0##*/} "\$@"
END
	chmod 755 "$real/instead"
	mount --bind "$real/instead" "$EBT_LIST"
	mount --bind "$real/instead" "$EBT_RESTORE"
}
as_they_are() {
	umount "$EBT_RESTORE"
	umount "$EBT_LIST"
}

# ---- what they are when they run
cat >"$real/look" <<'END'
#!/bin/sh
exec >/run/looked
sed -n 's/^\(Uid\|Gid\|Groups\|Cap[A-Z][a-z]*\|NoNewPrivs\):[[:blank:]]*/\1 /p' \
	/proc/$PPID/status
tr '\0' '\n' </proc/$PPID/environ | LC_ALL=C sort
cut -d ' ' -f 6 /proc/$PPID/stat | sed 's/^/session /'
ls -l /proc/$PPID/fd | sed -n 's/.* \([0-9]*\) -> .*/\1/p'
END
chmod 755 "$real/look"
: >/run/looked
chmod 666 /run/looked
instead "$real/look" "$real/look"
as "$ALICE" env EVIL=1 LD_PRELOAD=/evil XTABLES_LIBDIR=/evil "$HELPER" up al-0 \
	>/dev/null 2>&1 3</etc/passwd
id=$(id -u tapfilter)
t_is "ids" "Uid $id	$id	$id	$id
Gid $id	$id	$id	$id" "$(grep '^[UG]id' /run/looked)"
t_is "no groups" "Groups " "$(grep '^Groups' /run/looked)"
case $EBT_LIST in
*-legacy) caps=0000000000003000 ;;
*) caps=0000000000001000 ;;
esac
t_is "capabilities" "CapInh $caps
CapPrm $caps
CapEff $caps
CapBnd 0000000000000000
CapAmb $caps" "$(grep '^Cap' /run/looked)"
t_is "no new privileges" "NoNewPrivs 1" "$(grep '^NoNew' /run/looked)"
t_is "environment" "LC_ALL=C
PATH=/usr/sbin:/usr/bin:/sbin" "$(grep "=" /run/looked)"
t_false "no terminal of the caller stops them while a lock is held" \
	grep -qx "session $(cut -d ' ' -f 6 /proc/$$/stat)" /run/looked
# 10 is the shell's own script
t_is "files" "0 1 2" "$(grep '^[0-9]' /run/looked | grep -v '^10$' | xargs)"
alice down al-0
t_is "down" "0 " "$rc $(ours)"

# ---- they fail: nothing is changed, and the tap is closed
# fails NAME SAVE RESTORE
fails() {
	instead "$2" "$3"
	alice up al-0
	as_they_are
	t_is "$1" "failed down " \
		"$([ "$rc" -eq 0 ] || echo failed) $(flags al-0) $(ours)"
}
fails "nothing is done" : "exit 0"
fails "an error is told" : "exit 1"
fails "killed" : "kill -9 \$\$"
fails "no rules can be read" "exit 1" :
fails "nothing that is saved" "echo; exit 0" :
fails "text without end" "exec cat /dev/zero" :
alice up al-0
t_is "and once they work again" "0 up" "$rc $(flags al-0)"

# ---- rules stand, and they fail
before=$(ours)
su_profile own-mac "$OTHER"
instead : "exit 0"
alice reload al-0
as_they_are
t_is "a reload that fails" "1 up br0" "$rc $(flags al-0) $(port_of al-0)"
t_is "leaves the rules" "$before" "$(ours)"
su_profile own-mac THIS_MAC
instead "exit 1" "exit 1"
alice down al-0
as_they_are
t_is "a down that fails leaves them too" "$before" "$(ours)"
alice down al-0
t_is "and down once they work again" "0 " "$rc $(ours)"
t_done
