# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the ebtables place, after t_ns of lib.sh.  TF_EBTABLES is the
# variant that they run over: nft, which is the default, or legacy.
#
#   ebt_use [VARIANT]    make a variant that which "ebtables" leads to, in this
#                        mount namespace; ends the program if the kernel has not
#                        got it
#   EBT_LIST, EBT_RESTORE
#                        the programs of it that the helper runs
#   ebt_save [VARIANT]   what stands in it, as ebtables-save prints it; that of
#                        ebtables-legacy would be a slow script

ebt_use() {
	ebt_v=${1:-${TF_EBTABLES:-nft}}
	t_need "ebtables-$ebt_v" "ebtables-$ebt_v-save" "ebtables-$ebt_v-restore"
	[ -n "${EBT_LIST:-}" ] || ebt_own
	for ebt_i in "" -save -restore; do
		ln -sf "/usr/sbin/ebtables-$ebt_v$ebt_i" \
			"/etc/alternatives/ebtables$ebt_i"
	done
	# shellcheck disable=SC2034 # for those that source this
	case $ebt_v in
	nft) EBT_LIST=/usr/sbin/ebtables-nft-save ;;
	*) EBT_LIST=/usr/sbin/ebtables-legacy ;;
	esac
	# shellcheck disable=SC2034
	EBT_RESTORE=/usr/sbin/ebtables-$ebt_v-restore
	if ! ebtables -t nat -L >/dev/null 2>&1; then
		t_skip "$(basename "$0")" "this kernel has no ebtables-$ebt_v"
		t_done
	fi
}

ebt_save() {
	case ${1:-$ebt_v} in
	nft) ebtables-nft-save ;;
	*)
		for ebt_i in filter nat; do
			ebtables-legacy -t "$ebt_i" -L --Lmac2
		done | awk '
			/^Bridge table: / { print "*" $3; next }
			/^Bridge chain: / {
				sub(",", "", $3); print ":" $3, $NF
				chain = $3
				next
			}
			NF { sub(" $", ""); print "-A", chain, $0 }'
		;;
	esac
}

# Alternatives of Debian, and a place for the lock of ebtables-legacy, that are
# ours alone
ebt_own() {
	if [ "$(readlink /usr/sbin/ebtables)" != /etc/alternatives/ebtables ]; then
		t_skip "$(basename "$0")" "ebtables is not one of alternatives"
		t_done
	fi
	ebt_dir=$(mktemp -d) || exit 1
	mount -t tmpfs -o mode=755 tests "$ebt_dir" &&
		cp -a /etc/alternatives/. "$ebt_dir/" &&
		mount --move "$ebt_dir" /etc/alternatives &&
		rmdir "$ebt_dir" &&
		mount -t tmpfs -o mode=755 tests /var/lib || exit 1
}
