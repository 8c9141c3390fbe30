// SPDX-License-Identifier: GPL-2.0-or-later
/* Differences between two lists: the longest common subsequence */
#include <errno.h>

#include "diff.h"

#define MAX_CELLS (4UL * 1024 * 1024)

/**
 * struct lists - What is compared, without equal beginnings and ends
 * @length:	length[i * (nb + 1) + j]: how much of a[i...] and b[j...] is
 *		common
 */
struct lists {
	const uint64_t *a;
	const uint64_t *b;
	size_t na;
	size_t nb;
	uint32_t *length;
	struct diff_hunk *out;
	size_t n;
};

static uint32_t *cell(const struct lists *l, size_t i, size_t j)
{
	return &l->length[i * (l->nb + 1) + j];
}

static int measure(struct lists *l)
{
	size_t i, j;

	l->length = util_alloc((l->na + 1) * (l->nb + 1), sizeof(*l->length));
	if (!l->length)
		return -ENOMEM;
	for (i = l->na; i-- > 0;)
		for (j = l->nb; j-- > 0;) {
			uint32_t *here = cell(l, i, j);

			if (l->a[i] == l->b[j])
				*here = *cell(l, i + 1, j + 1) + 1;
			else if (*cell(l, i + 1, j) >= *cell(l, i, j + 1))
				*here = *cell(l, i + 1, j);
			else
				*here = *cell(l, i, j + 1);
		}
	return 0;
}

/* One more item that went (@a) or came; it belongs to the last hunk if nothing
 * common lies between. */
static int add(struct lists *l, size_t i, size_t j, size_t na, size_t nb)
{
	struct diff_hunk *h = l->n ? &l->out[l->n - 1] : NULL;

	if (!h || h->a + h->na != i || h->b + h->nb != j) {
		h = util_grow(&l->out, l->n, sizeof(*h));
		if (!h)
			return -ENOMEM;
		l->n++;
		h->a = i;
		h->b = j;
	}
	h->na += na;
	h->nb += nb;
	return 0;
}

static int walk(struct lists *l)
{
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (i < l->na || j < l->nb)) {
		if (i < l->na && j < l->nb && l->a[i] == l->b[j]) {
			i++;
			j++;
		} else if (j == l->nb ||
			   (i < l->na &&
			    *cell(l, i + 1, j) >= *cell(l, i, j + 1))) {
			rc = add(l, i++, j, 1, 0);
		} else {
			rc = add(l, i, j++, 0, 1);
		}
	}
	return rc;
}

int diff_lists(const uint64_t *a, size_t na, const uint64_t *b, size_t nb,
	       struct diff_hunk **out, size_t *n)
{
	struct lists l = { 0 };
	size_t head = 0, i;
	int rc;

	while (head < na && head < nb && a[head] == b[head])
		head++;
	while (na > head && nb > head && a[na - 1] == b[nb - 1]) {
		na--;
		nb--;
	}
	l.a = a + head;
	l.b = b + head;
	l.na = na - head;
	l.nb = nb - head;
	if ((l.na + 1) * (l.nb + 1) > MAX_CELLS) {
		rc = add(&l, 0, 0, l.na, l.nb);
	} else {
		rc = measure(&l);
		if (rc == 0)
			rc = walk(&l);
	}
	free(l.length);
	if (rc < 0) {
		free(l.out);
		return rc;
	}
	for (i = 0; i < l.n; i++) {
		l.out[i].a += head;
		l.out[i].b += head;
	}
	*out = l.out;
	*n = l.n;
	return 0;
}
