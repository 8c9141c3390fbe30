#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# reload compiles again what stands.
#
# Runs also with: xtables ingress
. "$(dirname "$0")/../lib.sh"
. "$TF_TOP/test/up.sh"
t_ns "$@"
up_setup
ip tuntap add tap1 mode tap
up_domain tap1 br0 own-mac

t_true "reload without a filtered tap" helper reload
t_false "reload of a tap without rules" helper reload tap0
t_is "it stays without" 0 "$(chains tap0)"
helper up tap0
helper up tap1

up_profile own-mac "$OTHER"
t_true "reload of one" helper reload tap0
t_is "the changed profile is in force" pass "$(
	"$TF_BUILD/test/netns/tap_probe" tap0 p1 "$OTHER" "$OTHER")"
t_is "and forbids the guest's address" drop \
	"$("$TF_BUILD/test/netns/tap_probe" tap0 p1 "$OTHER" "$GUEST")"
t_is "the other one is as before" drop "$(probe tap1 "$OTHER")"
t_true "reload of all" helper reload
t_is "now the other one too" drop \
	"$("$TF_BUILD/test/netns/tap_probe" tap1 p1 "$OTHER" "$GUEST")"
t_is "links are left alone" "up br0 up br0" \
	"$(flags tap0) $(port_of tap0) $(flags tap1) $(port_of tap1)"

up_profile own-mac THIS_MAC
t_true "reload of two" helper reload tap0 tap1
t_is "first" drop "$(probe tap0 "$OTHER")"
t_is "second" drop "$(probe tap1 "$OTHER")"

# One that fails does not keep the others from their turn.
up_profile let-other "$OTHER"
up_domain tap1 br0 let-other
up_domain tap0 br0 missing
t_false "reload where one fails" helper reload tap0 tap1
t_is "the one that failed is as before" drop "$(probe tap0 "$OTHER")"
t_is "the other one is replaced" drop \
	"$("$TF_BUILD/test/netns/tap_probe" tap1 p1 "$OTHER" "$GUEST")"
t_false "reload of all where one fails" helper reload

up_domain tap0 br0 own-mac
sed 's/own-mac/let-other/' "$T_TMP/domains/of-tap0.xml" >"$T_TMP/file.xml"
t_true "reload --domain FILE TAP" helper reload --domain "$T_TMP/file.xml" tap0
t_is "it is in force" drop \
	"$("$TF_BUILD/test/netns/tap_probe" tap0 p1 "$OTHER" "$GUEST")"
up_domain tap1 br0 own-mac
cp "$T_TMP/domains/of-tap1.xml" "$T_TMP/file.xml"
t_true "reload --domain FILE" helper reload --domain "$T_TMP/file.xml"
t_is "the tap of that domain is replaced" drop "$(probe tap1 "$OTHER")"
t_is "the other one is not" drop \
	"$("$TF_BUILD/test/netns/tap_probe" tap0 p1 "$OTHER" "$GUEST")"
t_false "reload --domain FILE for a tap that it does not name" \
	helper reload --domain "$T_TMP/file.xml" tap0
t_true "reload --domain -" sh -c \
	'"$0" --config "$1" reload --domain - tap1 <"$2"' \
	"$TF_BUILD/tapfilter-helper" "$T_TMP/conf" "$T_TMP/file.xml"
sed 's/tap1/tap9/g' "$T_TMP/file.xml" >"$T_TMP/none.xml"
t_false "reload --domain FILE without a tap that is there" \
	helper reload --domain "$T_TMP/none.xml"

# A record keeps what up was told.
helper down tap0
ip link set tap0 master br0 up
helper up --no-link tap0
t_true "reload after up --no-link" helper reload tap0
t_is "filtered" drop "$(probe tap0 "$OTHER")"

up_domain tap0 br0
t_true "reload when nothing is referenced any more" helper reload tap0
t_is "no chains, the link as before" "0 up br0" \
	"$(chains tap0) $(flags tap0) $(port_of tap0)"
ip link del tap1
ip tuntap add tap1 mode tap
t_false "reload of a tap that was made anew" helper reload tap1

# What is left of a tap that has gone is not for reload to complain of.
up_domain tap0 br0 own-mac
helper up tap0
ip link del tap1
t_true "reload of all beside a tap that has gone" helper reload
t_false "reload of that one" helper reload tap1
t_done
