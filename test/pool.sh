# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# For tests of the administrator's profiles, after up.sh, in a namespace of their
# own:
#
#   pool_setup            as up_setup; the shipped profiles are where they are
#                         installed to; OWN is the administrator's directory
#   tf ARG...             run tapfilter with that configuration
#   ends STATUS NAME COMMAND...
#                         how it ends; what it prints is in $out
#   says NAME PATTERN     $out matches
#   same NAME COMMAND...  it fails, and OWN is as before: names, bytes, modes
#   drop_arp NAME         print a profile that needs no parameter

SHIPPED=/usr/share/tapfilter/profiles

pool_setup() {
	up_setup
	OWN=$T_TMP/profiles
	# Nothing here is for the host to keep.
	mount -t tmpfs share /usr/share
	mount -t tmpfs var /var/tmp
	mkdir -p "$SHIPPED"
	cp "$TF_TOP"/templates/*.xml "$SHIPPED"
	sed -i "s,^template-path.*,&:$SHIPPED," "$T_TMP/conf"
}

tf() {
	"$TF_BUILD/tapfilter" --config "$T_TMP/conf" "$@"
}

ends() {
	e_want=$1
	e_name=$2
	shift 2
	rc=0
	out=$("$@" 2>&1) || rc=$?
	t_is "$e_name" "status $e_want" "status $rc$(
		[ "$rc" = "$e_want" ] || echo "; $out")"
}

says() {
	# shellcheck disable=SC2254 # a pattern it is
	case $out in
	$2) t_ok "$1" ;;
	*) t_fail "$1" "$out" ;;
	esac
}

# own: all that is in OWN
own() {
	(cd "$OWN" && find . -printf '%p %m\n' | sort &&
		find . -type f -exec cksum {} + | sort)
}

same() {
	s_name=$1
	s_before=$(own)
	shift
	ends 1 "$s_name" "$@"
	t_is "$s_name: nothing changed" "$s_before" "$(own)"
}

drop_arp() {
	cat <<-END
	<FilterPool name='$1'>
	  <FilterEntry>
	    <Action>DROP</Action> <TrafficType>outgoing</TrafficType> <ARPFilter/>
	  </FilterEntry>
	</FilterPool>
	END
}
