# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads what places.sh collected:
#
#	OP-PLACE.TAPS wall-us cpu-us peak-KiB status
#	libiptc.TAPS wall-us cpu-us peak-KiB status
#	frame-PLACE-RULES.TAPS ns difference-ns delivered sent

function middle(label,    i, j, t, n, v) {
	n = count[label]
	for (i = 1; i <= n; i++) {
		t = first[label, i]
		for (j = i - 1; j > 0 && v[j] > t; j--)
			v[j + 1] = v[j]
		v[j + 1] = t
	}
	if (!n)
		return -1
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

function ms(op, p, n) {
	return middle(op "-" p "." n) / 1000
}

function cell(label, width, by) {
	if (!(label in count))
		printf "%*s", width + 1, "-"
	else
		printf "%*.1f", width + 1, middle(label) / by
}

function commands(    i, k, n, o, op) {
	split("up replace down", op, " ")
	printf "Whole process, ms (median of %d): up, replace, down\n", rounds
	printf "   taps"
	for (k = 1; k <= places_n; k++)
		printf " | %-23s", place[k]
	print " | libiptc"
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		printf "  %5d", n
		for (k = 1; k <= places_n; k++) {
			printf " |"
			for (o = 1; o <= 3; o++)
				cell(op[o] "-" place[k] "." n, 7, 1000)
		}
		printf " |"
		cell("libiptc." n, 7, 1000)
		print ""
	}
	print "  bridge: netdev, and a profile of 20 entries with tf:State;" \
		" iptables: ebtables,\n  and the same; libiptc: that profile" \
		" alone\n"
}

function frames(    i, k, n, p) {
	print "A UDP frame from tap to bridge to tap, ns: no rules, both taps" \
		" filtered"
	printf "   taps"
	for (k = 1; k <= places_n; k++)
		printf " | %-17s", place[k]
	print ""
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		printf "  %5d", n
		for (k = 1; k <= places_n; k++) {
			p = "frame-" place[k] "-"
			printf " |"
			cell(p "none." n, 8, 1)
			cell(p "both." n, 8, 1)
			lost += delivered[p "both." n] < sent[p "both." n]
		}
		print ""
	}
	print "  no rules: on the same bridge, which with bridge and iptables" \
		" shows its packets\n  to the hooks of IP; the filtered taps" \
		" were brought up last\n"
}

# What a tap more costs, and from when on that is a tenth of a second
function growth(name, label,    a, b, i, each, at_a) {
	a = level[1]
	for (i = 1; i <= levels_n; i++)
		if ((label "." level[i]) in count)
			b = level[i]
	if (a == b)
		return
	at_a = middle(label "." a) / 1000
	each = (middle(label "." b) / 1000 - at_a) / (b - a)
	printf "%s: a tap more makes it %.0f us longer, ", name, each * 1000
	if (each <= 0)
		print "nothing, that is"
	else if (at_a < 100)
		printf "so it takes 0.1 s with about %d taps\n",
			a + (100 - at_a) / each
	else
		print "and it takes 0.1 s with the first"
}

BEGIN {
	levels_n = split(levels, level, " ")
	places_n = split(places, place, " ")
}

{
	first[$1, ++count[$1]] = $2
	delivered[$1] = $4
	sent[$1] = $5
}

END {
	commands()
	frames()
	for (k = 1; k <= places_n; k++)
		growth("up, " place[k], "up-" place[k])
	growth("libiptc", "libiptc")
	printf "runs whose test frames did not all arrive: %d\n", lost
}
