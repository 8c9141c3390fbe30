# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads what the benchmark collected and prints tables, then the goals.
#
#	LABEL.TAPS wall-us cpu-us peak-KiB status	(a whole process)
#	frame-KIND-RULES.TAPS ns difference-ns delivered sent
#	tcp-DIRECTION.TAPS unfiltered-Mbit/s filtered-Mbit/s

function sort_values(v, n,    i, j, t) {
	for (i = 2; i <= n; i++) {
		t = v[i]
		for (j = i - 1; j > 0 && v[j] > t; j--)
			v[j + 1] = v[j]
		v[j + 1] = t
	}
}

function middle(v, n) {
	if (!n)
		return -1
	sort_values(v, n)
	return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
}

# Median in ms
function ms(label,    i, v) {
	for (i = 1; i <= count[label]; i++)
		v[i] = wall[label, i]
	return middle(v, count[label]) / 1000
}

function mib(label) {
	return peak[label] / 1024
}

# Median of the rounds' ratios; the one with fewer rounds sets how many
function ratio(a, b,    i, n, v) {
	n = count[a] < count[b] ? count[a] : count[b]
	for (i = 1; i <= n; i++)
		v[i] = wall[a, i] / wall[b, i]
	return middle(v, n)
}

function rate_ratio(label,    i, v) {
	for (i = 1; i <= count[label]; i++)
		v[i] = cpu[label, i] / wall[label, i]
	return middle(v, count[label])
}

function median_of(label, column,    i, v) {
	for (i = 1; i <= count[label]; i++)
		v[i] = column == 1 ? wall[label, i] : cpu[label, i]
	return middle(v, count[label])
}

function goal(what, value, format, ok, limit) {
	printf "  %-4s  %-62s " format "   (%s)\n", ok ? "PASS" : "MISS",
		what, value, limit
	missed += !ok
}

function commands(    i, n) {
	printf "Whole process, ms (median of %d; peak memory in MiB)\n", rounds
	print "   taps      up replace    down  up*   | nft add replace remove |" \
		"  ebtables | peak: ours   nft"
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		printf "  %5d  %6.2f  %6.2f  %6.2f %6.2f |  %6.2f  %6.2f %6.2f | %9.0f |" \
			" %9.1f %6.1f\n", n, ms("up." n), ms("replace." n),
			ms("down." n), ms("upindex." n), ms("nft-add." n),
			ms("nft-replace." n), ms("nft-remove." n),
			ms("ebt." n), mib("up." n), mib("nft-add." n)
	}
	print "  up*: the domain file has another name and is found by the index"
	printf "  the next up after another at once, ms:"
	for (i = 1; i <= levels_n; i++)
		printf "  %.2f at %d", ms("rapid." level[i]), level[i]
	print ""
	printf "  up that makes the index anew, ms:"
	for (i = 1; i <= levels_n; i++)
		printf "  %.2f with %d files", ms("index." level[i]), level[i]
	print "\n"
	print "Ratio to our up of the same rounds"
	print "   taps   nft -f adds   nft -f replaces   ebtables calls"
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		printf "  %5d  %12.2f  %16.2f  %15.0f\n", n,
			ratio("nft-add." n, "up." n),
			ratio("nft-replace." n, "replace." n),
			ratio("ebt." n, "up." n)
	}
	print ""
}

function others(    i, n) {
	print "Somebody else's nft command, ms (peak MiB)"
	print "   taps                no rules            ours         one table"
	for (i = 1; i <= 2; i++) {
		n = i == 1 ? level[1] : level[levels_n]
		if (i == 2 && levels_n == 1)
			break
		printf "  %5d  nft -f   ", n
		other("other", n)
		printf "  %5d  list all ", n
		other("list", n)
	}
	print ""
}

function other(what, n,    w, k) {
	k = split("none ours one", w, " ")
	for (k = 1; k <= 3; k++)
		printf " %8.2f (%5.1f)", ms(what "-" w[k] "." n),
			mib(what "-" w[k] "." n)
	print ""
}

function traffic(    i, j, k, kinds, n, r, rules_, name) {
	split("udp4 tcp4 udp6", kinds, " ")
	split("none out in both", rules_, " ")
	print "A frame of 98 bytes from tap to bridge to tap, ns (and more than" \
		" unfiltered)"
	print "   taps  kind        none      sender filtered   receiver" \
		" filtered       both filtered"
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		for (j = 1; j <= 3; j++) {
			if (!(("frame-" kinds[j] "-none." n) in count))
				continue
			printf "  %5d  %-6s", n, kinds[j]
			for (k = 1; k <= 4; k++) {
				name = "frame-" kinds[j] "-" rules_[k] "." n
				printf "  %8.0f", wall[name, 1]
				if (k > 1)
					printf " (%+6.0f) ", cpu[name, 1]
				lost += peak[name] < sent[name]
			}
			print ""
		}
	}
	print "\nBulk TCP through the tap, Mbit/s"
	print "   taps  direction       unfiltered   filtered   ratio"
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		for (j = 1; j <= 2; j++) {
			r = j == 1 ? "tcp-from." n : "tcp-to." n
			if (!(r in count))
				continue
			printf "  %5d  %-12s  %12.0f  %9.0f   %.3f\n", n,
				j == 1 ? "from guest" : "to guest",
				median_of(r, 1), median_of(r, 2), rate_ratio(r)
		}
	}
	print ""
}

function max_peak(    i, v, m, w, k) {
	k = split("up replace down upindex", w, " ")
	for (i = 1; i <= levels_n; i++)
		for (v = 1; v <= k; v++)
			if (mib(w[v] "." level[i]) > m)
				m = mib(w[v] "." level[i])
	return m
}

function worst(pre, rules_,    i, j, kinds, m, v) {
	split("udp4 tcp4 udp6", kinds, " ")
	for (i = 1; i <= 3; i++) {
		v = cpu["frame-" kinds[i] "-" rules_ "." pre, 1]
		if (i == 1 || v > m)
			m = v
	}
	return m
}

function goals(    i, n, m, first, last, v) {
	first = level[1]
	last = level[levels_n]
	print "Goals"
	v = ms("up." last) / ms("up." first)
	goal("up at " last " taps / up at " first, v, "%8.2f", v <= 1.25, "<= 1.25")
	v = ms("upindex." last) / ms("upindex." first)
	goal("the same, domain found by the index", v, "%8.2f", v <= 1.25,
		"<= 1.25")
	v = ms("up." last)
	goal("up at " last " taps, ms", v, "%8.2f", v <= 5, "<= 5")
	v = ms("replace." last)
	goal("replace at " last " taps, ms", v, "%8.2f", v <= 5, "<= 5")
	v = ms("down." last)
	goal("down at " last " taps, ms", v, "%8.2f", v <= 3, "<= 3")
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		v = ratio("up." n, "nft-add." n)
		m = n <= 100 ? 1.3 : 1
		goal("up / nft -f with the same rules, at " n, v, "%8.2f",
			v <= m, "<= " m)
	}
	v = ratio("ebt." first, "up." first)
	for (i = 2; i <= levels_n; i++)
		if (ratio("ebt." level[i], "up." level[i]) < v)
			v = ratio("ebt." level[i], "up." level[i])
	goal("one ebtables call per rule / up, at the worst", v, "%8.0f",
		v >= 100, ">= 100")
	v = ratio("other-ours." last, "other-one." last)
	goal("somebody else's nft -f at " last " / the same with one table", v,
		"%8.2f", v <= 1.5, "<= 1.5")
	v = ms("list-ours." last) / ms("list-one." last)
	printf "        %-62s %8.2f   (no goal)\n", "nft list ruleset at " \
		last " / the same with one table", v
	for (i = 1; i <= 2; i++) {
		n = i == 1 ? first : last
		if (i == 2 && levels_n == 1)
			break
		v = worst(n, "out") > worst(n, "in") ? worst(n, "out") : worst(n, "in")
		goal("a frame through a filtered tap at " n " taps, ns more", v,
			"%8.0f", v <= 600, "<= 600")
		v = worst(n, "both")
		goal("a frame between two filtered taps at " n ", ns more", v,
			"%8.0f", v <= 600, "<= 600")
	}
	if (levels_n > 1) {
		v = worst(last, "both") / worst(first, "both")
		goal("the same, at " last " / at " first, v, "%8.2f",
			v <= 1.15, "flat")
	}
	for (i = 1; i <= levels_n; i++) {
		n = level[i]
		if (!(("tcp-from." n) in count))
			continue
		v = rate_ratio("tcp-from." n)
		if (rate_ratio("tcp-to." n) < v)
			v = rate_ratio("tcp-to." n)
		goal("bulk TCP, filtered / unfiltered, at " n " taps", v, "%8.3f",
			v >= 0.95, ">= 0.95")
	}
	v = max_peak()
	goal("peak memory of either program, MiB", v, "%8.1f", v <= 12, "<= 12")
	goal("runs whose test frames did not all arrive", lost, "%8d", lost == 0, "0")
}

BEGIN {
	levels_n = split(levels, level, " ")
}

{
	i = ++count[$1]
	wall[$1, i] = $2
	cpu[$1, i] = $3
	if ($4 > peak[$1])
		peak[$1] = $4
	sent[$1] = $5
}

END {
	printf "%s, %d cores, Linux %s; clean-traffic-dual-stack, %d kernel" \
		" rules a tap\n\n", cpu_name, cores, kernel, rules
	commands()
	others()
	traffic()
	goals()
	printf "\n%d goals missed\n", missed
}
