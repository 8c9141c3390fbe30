// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What becomes of a frame, decided without a kernel: for tests, selftest and
 * explain.  A frame is looked at exactly as the kernel's packet classifier
 * looks at it (nft_set_pktinfo_ipv4_validate(), ..._ipv6_validate() and
 * ipv6_find_hdr() in Linux 6.18), padding and trailing bytes included.
 */
#include <stdbool.h>
#include <string.h>

#include "eval.h"

#define ETH_HEADER 14
#define TAG_SIZE 4
#define SNAP_HEADER 8
#define MAX_TAGS 2
#define MIN_ETHERTYPE 0x600
#define ETHERTYPE_IPV6 0x86dd
#define IP4_HEADER 20
#define IP4_OFFSET 0x1fff
#define IP6_HEADER 40
#define IP6_OFFSET 0xfff8
#define FRAG_HEADER 8

/* Next-header numbers, RFC 8200 and RFC 4302 */
enum {
	NEXT_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTH = 51,
	NEXT_NONE = 59,
	NEXT_DEST = 60,
};

struct frame {
	const uint8_t *data;
	size_t len;
	size_t net; /* offset of the network header */
	const struct eval_input *in;
};

static const struct eval_input nothing;

/* What the kernel knows of the upper layer; without it, all is false */
struct upper {
	bool valid;
	bool later; /* later fragment: the header is in another frame */
	uint8_t proto;
	size_t offset;
};

static bool get_u16(const struct frame *f, size_t at, unsigned int *out)
{
	if (at + 2 > f->len)
		return false;
	*out = (unsigned int)f->data[at] << 8 | f->data[at + 1];
	return true;
}

static bool is_tag(unsigned int type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* The type behind an LLC/SNAP header of RFC 1042 or of a bridge tunnel. */
static bool snap_type(const struct frame *f, size_t at, unsigned int *type)
{
	static const uint8_t llc[] = { 0xaa, 0xaa, 0x03, 0x00, 0x00 };

	if (at + sizeof(llc) + 1 > f->len ||
	    memcmp(f->data + at, llc, sizeof(llc)) != 0)
		return false;
	at += sizeof(llc);
	if (f->data[at] != 0x00 && f->data[at] != 0xf8)
		return false;
	return get_u16(f, at + 1, type);
}

bool eval_inner(const uint8_t *frame, size_t len, unsigned int *type,
		size_t *net)
{
	const struct frame f = { frame, len, ETH_HEADER, &nothing };
	size_t at = ETH_HEADER - 2;
	unsigned int tags;

	for (tags = 0; get_u16(&f, at, type); tags++, at += TAG_SIZE) {
		*net = at + 2;
		if (*type < MIN_ETHERTYPE) {
			*net += SNAP_HEADER;
			return snap_type(&f, at + 2, type);
		}
		if (tags == MAX_TAGS || !is_tag(*type))
			return true;
	}
	return false;
}

static bool is_extension(uint8_t next)
{
	return next == NEXT_HOP || next == NEXT_ROUTING ||
	       next == NEXT_FRAGMENT || next == NEXT_AUTH ||
	       next == NEXT_NONE || next == NEXT_DEST;
}

/*
 * Length of an extension header, 0 when it is cut off.  The kernel wants the
 * first two bytes, four of a Routing header, and two more of a Fragment header.
 */
static size_t extension_length(const struct frame *f, uint8_t next, size_t at)
{
	size_t need = next == NEXT_ROUTING || next == NEXT_FRAGMENT ? 4 : 2;

	if (at + need > f->len)
		return 0;
	if (next == NEXT_FRAGMENT)
		return FRAG_HEADER;
	if (next == NEXT_AUTH)
		return ((size_t)f->data[at + 1] + 2) * 4;
	return ((size_t)f->data[at + 1] + 1) * 8;
}

static bool has_ip6_header(const struct frame *f)
{
	return f->net + IP6_HEADER <= f->len;
}

/* Offset of the first Fragment header, 0 for none. */
static size_t find_fraghdr(const struct frame *f)
{
	size_t at = f->net + IP6_HEADER, len;
	uint8_t next;

	next = f->data[f->net + 6];
	while (is_extension(next) && next != NEXT_NONE) {
		len = extension_length(f, next, at);
		if (!len)
			return 0;
		if (next == NEXT_FRAGMENT)
			return at;
		next = f->data[at];
		at += len;
	}
	return 0;
}

static struct upper upper_ip4(const struct frame *f)
{
	const uint8_t *h = f->data + f->net;
	struct upper u = { 0 };
	unsigned int total, frag;
	size_t ihl;

	if (f->net + IP4_HEADER > f->len || h[0] >> 4 != 4)
		return u;
	ihl = (size_t)(h[0] & 0xf) * 4;
	total = (unsigned int)h[2] << 8 | h[3];
	if (ihl < IP4_HEADER || total < ihl || f->net + total > f->len)
		return u;
	frag = (unsigned int)h[6] << 8 | h[7];
	u.valid = true;
	u.later = frag & IP4_OFFSET;
	u.proto = h[9];
	u.offset = f->net + ihl;
	return u;
}

/*
 * The kernel stops at an Authentication header (IP6_FH_F_AUTH): it is the
 * upper layer then.  A later fragment has a protocol only if that stands in
 * the Fragment header itself.
 */
static struct upper upper_ip6(const struct frame *f)
{
	size_t at = f->net + IP6_HEADER, len;
	struct upper u = { 0 };
	unsigned int word;
	uint8_t next;

	if (!has_ip6_header(f) || f->data[f->net] >> 4 != 6 ||
	    !get_u16(f, f->net + 4, &word) || at + word > f->len)
		return u;
	next = f->data[f->net + 6];
	while (is_extension(next) && next != NEXT_NONE && next != NEXT_AUTH) {
		len = extension_length(f, next, at);
		if (!len)
			return u;
		if (next == NEXT_FRAGMENT && get_u16(f, at + 2, &word) &&
		    word & IP6_OFFSET) {
			next = f->data[at];
			u.later = true;
			u.valid = !is_extension(next) || next == NEXT_NONE;
			u.proto = next;
			return u;
		}
		next = f->data[at];
		at += len;
	}
	/* the kernel reads even this header's length before it stops */
	if (next == NEXT_AUTH && at + 2 > f->len)
		return u;
	u.valid = true;
	u.proto = next;
	u.offset = at;
	return u;
}

/* Copy @width bits from bit @first, right-aligned in whole bytes. */
static bool load_bits(const struct frame *f, size_t first, unsigned int width,
		      uint8_t *out)
{
	size_t bytes = (width + 7) / 8, last = first + width - 1;
	unsigned int word;

	if (last / 8 >= f->len)
		return false;
	if (first % 8 == 0 && width % 8 == 0) {
		memcpy(out, f->data + first / 8, bytes);
		return true;
	}
	/* no such field spans more than two bytes */
	word = f->data[first / 8];
	if (last / 8 > first / 8)
		word = word << 8 | f->data[last / 8];
	word = word >> (7 - last % 8) & ((1U << width) - 1);
	out[bytes - 1] = (uint8_t)word;
	if (bytes > 1)
		out[0] = (uint8_t)(word >> 8);
	return true;
}

static bool load_virtual(const struct frame *f, enum field_id id, uint8_t *out)
{
	struct upper u;
	unsigned int type;
	size_t net;

	switch (id) {
	case FIELD_ETH_INNER:
		if (!eval_inner(f->data, f->len, &type, &net))
			return false;
		out[0] = (uint8_t)(type >> 8);
		out[1] = (uint8_t)type;
		return true;
	case FIELD_IP_UPPER:
	case FIELD_IP6_PROTO:
		u = id == FIELD_IP_UPPER ? upper_ip4(f) : upper_ip6(f);
		out[0] = u.proto;
		return u.valid;
	case FIELD_CT_STATE:
		out[0] = (uint8_t)f->in->state;
		return f->in->state != CONN_NONE;
	case FIELD_IP6_FRAGHDR:
		if (!has_ip6_header(f))
			return false;
		out[0] = find_fraghdr(f) != 0;
		return true;
	default:
		return false;
	}
}

static bool load_transport(const struct frame *f, bool ip6,
			   const struct field *field, uint8_t *out)
{
	struct upper u = ip6 ? upper_ip6(f) : upper_ip4(f);

	return u.valid && !u.later &&
	       load_bits(f, u.offset * 8 + field->offset, field->width, out);
}

/* The field's value in this frame; false when the frame does not have it. */
static bool load(const struct frame *f, bool ip6, enum field_id id,
		 uint8_t *out)
{
	const struct field *field = field_get(id);
	size_t at;

	switch (field->base) {
	case BASE_LINK:
		return load_bits(f, field->offset, field->width, out);
	case BASE_NET:
		return load_bits(f, f->net * 8 + field->offset, field->width,
				 out);
	case BASE_TRANSPORT:
		return load_transport(f, ip6, field, out);
	case BASE_FRAGHDR:
		at = has_ip6_header(f) ? find_fraghdr(f) : 0;
		return at &&
		       load_bits(f, at * 8 + field->offset, field->width, out);
	case BASE_VIRTUAL:
		return load_virtual(f, id, out);
	}
	return false;
}

static bool value_holds(enum match_op op, const struct value *v,
			const uint8_t *data)
{
	size_t i;

	if (op == OP_RANGE || op == OP_NRANGE)
		return memcmp(data, v->lo, FIELD_MAX_BYTES) >= 0 &&
		       memcmp(data, v->hi, FIELD_MAX_BYTES) <= 0;
	for (i = 0; i < FIELD_MAX_BYTES; i++)
		if ((data[i] & v->hi[i]) != v->lo[i])
			return false;
	return true;
}

/* The type stands before the header, behind whatever wrapper. */
static bool is_ip6(const struct frame *f)
{
	unsigned int type;

	return get_u16(f, f->net - 2, &type) && type == ETHERTYPE_IPV6;
}

bool eval_field(const uint8_t *frame, size_t len, size_t net, enum field_id id,
		uint8_t *out)
{
	const struct frame f = { frame, len, net, &nothing };

	memset(out, 0, FIELD_MAX_BYTES);
	return load(&f, is_ip6(&f), id, out);
}

size_t eval_upper(const uint8_t *frame, size_t len, size_t net)
{
	const struct frame f = { frame, len, net, &nothing };
	struct upper u = is_ip6(&f) ? upper_ip6(&f) : upper_ip4(&f);

	return u.valid && !u.later ? u.offset : 0;
}

static bool match_holds(const struct rule *r, const struct match *m,
			const struct eval_input *in, const uint8_t *frame,
			size_t len)
{
	struct frame f = { frame, len, ETH_HEADER, in };
	uint8_t data[FIELD_MAX_BYTES] = { 0 };
	bool negated = m->op == OP_NE || m->op == OP_NRANGE;
	unsigned int i;

	if (rule_tagged(r))
		f.net += TAG_SIZE;
	if (!load(&f, rule_ethertype(r) == ETHERTYPE_IPV6, m->field, data))
		return false;
	for (i = 0; i < m->nvalues; i++)
		if (value_holds(m->op, &m->values[i], data))
			return !negated;
	return negated;
}

bool eval_match(const struct rule *r, const struct match *m,
		const uint8_t *frame, size_t len)
{
	return match_holds(r, m, &nothing, frame, len);
}

static bool rule_holds(const struct rule *r, const struct eval_input *in,
		       const uint8_t *frame, size_t len)
{
	unsigned int i;

	for (i = 0; i < r->nmatches; i++)
		if (!match_holds(r, &r->matches[i], in, frame, len))
			return false;
	return !(r->limit.frames && in->over_limit) &&
	       !(r->conns && in->over_conns);
}

enum verdict eval_frame_with(const struct binding *b, enum direction dir,
			     const uint8_t *frame, size_t len,
			     const struct eval_input *in,
			     const struct rule **decider)
{
	unsigned int i, content = UINT32_MAX; /* profile that has accepted */
	const struct rule *r;

	if (decider)
		*decider = NULL;
	for (i = 0; i < b->nrules; i++) {
		r = &b->rules[i];
		if (r->dir != dir || r->profile == content ||
		    !rule_holds(r, in, frame, len))
			continue;
		if (r->verdict == VERDICT_ACCEPT) {
			content = r->profile;
			continue;
		}
		if (decider)
			*decider = r;
		return VERDICT_DROP;
	}
	return VERDICT_ACCEPT;
}

enum verdict eval_frame(const struct binding *b, enum direction dir,
			const uint8_t *frame, size_t len,
			const struct rule **decider)
{
	return eval_frame_with(b, dir, frame, len, &nothing, decider);
}
