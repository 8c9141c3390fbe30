// SPDX-License-Identifier: GPL-2.0-or-later
/* Parameters of references: inheriting, defaults, what the MAC implies */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "expand_params.h"
#include "log.h"

#define BLANKS " \t\r\n"

void param_text_free(struct param_text *t)
{
	buf_free(&t->words);
}

void param_set_free(struct param_set *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->v[i].name);
		free(s->v[i].text);
	}
	free(s->v);
	*s = (struct param_set){ 0 };
}

static const struct param_value *find(const struct param_set *s,
				      const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i].name, name) == 0)
			return &s->v[i];
	return NULL;
}

/* The same list of values, with one blank between two. */
static int join_words(const char *text, struct buf *out, size_t *n)
{
	size_t len;
	int rc = buf_add(out, "", 0);

	for (*n = 0; rc == 0; text += len, ++*n) {
		text += strspn(text, BLANKS);
		len = strcspn(text, BLANKS);
		if (!len)
			break;
		rc = *n ? buf_add(out, " ", 1) : 0;
		if (rc == 0)
			rc = buf_add(out, text, len);
	}
	return rc;
}

static int check_words(const struct reference *ref, const char *name, size_t n)
{
	if (n == 0)
		return log_at(ref->file, ref->line,
			      "parameter '%s' of profile '%s' is empty; give "
			      "it a value",
			      name, ref->profile);
	if (n > PARAM_MAX_VALUES)
		return log_at(ref->file, ref->line,
			      "parameter '%s' of profile '%s' has more than %d "
			      "values",
			      name, ref->profile, PARAM_MAX_VALUES);
	return 0;
}

static int add(struct param_set *s, const struct reference *ref,
	       const char *name, const char *text)
{
	_cleanup_buf_ struct buf words = { 0 };
	struct param_value *v;
	size_t n;
	int rc;

	if (s->n == PARAM_MAX)
		return log_at(ref->file, ref->line,
			      "more than %d parameters for profile '%s'",
			      PARAM_MAX, ref->profile);
	rc = join_words(text, &words, &n);
	if (rc < 0)
		return rc;
	rc = check_words(ref, name, n);
	if (rc < 0)
		return rc;
	v = util_grow(&s->v, s->n, sizeof(*s->v));
	if (!v)
		return -ENOMEM;
	s->n++;
	v->name = strdup(name);
	if (!v->name)
		return log_errno(ENOMEM, "cannot keep a parameter");
	v->text = TAKE_PTR(words.data);
	v->file = ref->file;
	v->line = ref->line;
	return 0;
}

int params_top(struct param_set *out)
{
	const struct reference *ref = out->top;
	const struct param *p;
	const char *fault;
	size_t i;
	int rc;

	for (i = 0; i < ref->nparams; i++) {
		p = &ref->params[i];
		if (!param_name_ok(p->name, &fault))
			return log_at(ref->file, ref->line,
				      "parameter name '%s' %s", p->name, fault);
		if (find(out, p->name))
			return log_at(ref->file, ref->line,
				      "parameter '%s' is given twice", p->name);
		if (strstr(p->value, PARAM_PLACEHOLDER))
			return log_at(ref->file, ref->line,
				      "%s='%s': a placeholder has no meaning "
				      "outside of a profile",
				      p->name, p->value);
		rc = add(out, ref, p->name, p->value);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_default(struct param_set *out, const struct param_set *outer,
		       const struct reference *ref, const struct param *p)
{
	_cleanup_param_text_ struct param_text t = { 0 };
	_cleanup_free_ char *param = NULL;
	const char *fault;
	int rc;

	if (!param_is_placeholder(p->value))
		return add(out, ref, p->name, p->value);
	fault = param_of_placeholder(p->value, &param);
	if (fault)
		return log_at(ref->file, ref->line, "%s '%s' %s", p->name,
			      p->value, fault);
	rc = params_text(outer, param, ref->file, ref->line, p->name, &t);
	if (rc < 0)
		return rc;
	return add(out, ref, p->name, t.words.data ? t.words.data : "");
}

int params_inherit(const struct param_set *outer, const struct reference *ref,
		   struct param_set *out)
{
	const struct param_value *v;
	size_t i;
	int rc;

	out->top = outer->top;
	out->is_default = outer->is_default;
	out->iface = outer->iface;
	out->file = outer->file;
	for (i = 0; i < outer->n; i++) {
		v = &outer->v[i];
		rc = add(out, outer->top, v->name, v->text);
		if (rc < 0)
			return rc;
		out->v[i].file = v->file;
		out->v[i].line = v->line;
	}
	for (i = 0; i < ref->nparams; i++) {
		if (find(outer, ref->params[i].name))
			continue;
		rc = add_default(out, outer, ref, &ref->params[i]);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The link-local address that most guests make of their MAC (RFC 4291, A). */
static void put_eui64(const uint8_t *mac, char *out, size_t size)
{
	snprintf(out, size, "fe80::%x:%x:%x:%x",
		 (unsigned int)(mac[0] ^ 2) << 8 | mac[1],
		 (unsigned int)mac[2] << 8 | 0xff, 0xfe00U | mac[3],
		 (unsigned int)mac[4] << 8 | mac[5]);
}

static void put_mac(const uint8_t *mac, char *out, size_t size)
{
	snprintf(out, size, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1],
		 mac[2], mac[3], mac[4], mac[5]);
}

static bool from_mac(const char *name)
{
	return strcmp(name, PARAM_MAC) == 0 ||
	       strcmp(name, PARAM_LINKLOCAL) == 0;
}

bool params_given(const struct param_set *s, const char *name)
{
	return find(s, name) || (from_mac(name) && s->iface->has_mac);
}

static int missing(const struct param_set *s, const char *name,
		   const char *file, unsigned int line, const char *element)
{
	const struct reference *top = s->top;
	char placeholder[PARAM_TEXT_MAX];

	param_placeholder(name, placeholder);
	if (from_mac(name))
		return log_at(file, line,
			      "%s %s needs the interface's <mac address>, "
			      "which %s:%u does not have",
			      element, placeholder, s->file, s->iface->line);
	if (s->is_default)
		return log_at(file, line,
			      "%s %s needs the parameter '%s', so '%s' cannot "
			      "be one of default-profiles: they have only the "
			      "MAC address",
			      element, placeholder, name, top->profile);
	return log_at(file, line,
		      "%s %s needs the parameter '%s', which the reference to "
		      "'%s' at %s:%u does not give",
		      element, placeholder, name, top->profile, top->file,
		      top->line);
}

int params_text(const struct param_set *s, const char *name, const char *file,
		unsigned int line, const char *element, struct param_text *out)
{
	const struct param_value *v = find(s, name);
	char text[64];

	if (!params_given(s, name))
		return missing(s, name, file, line, element);
	out->file = v ? v->file : s->file;
	out->line = v ? v->line : s->iface->line;
	if (v)
		return buf_printf(&out->words, "%s", v->text);
	if (strcmp(name, PARAM_MAC) == 0)
		put_mac(s->iface->mac, text, sizeof(text));
	else
		put_eui64(s->iface->mac, text, sizeof(text));
	return buf_printf(&out->words, "%s", text);
}

static int append(struct buf *out, const char *name, const char *text,
		  bool assumed)
{
	size_t start;
	int rc = buf_printf(out, "%s%s=", out->len ? " " : "", name);

	if (rc < 0)
		return rc;
	start = out->len;
	rc = buf_printf(out, "%s", text);
	for (; rc == 0 && start < out->len; start++)
		if (out->data[start] == ' ')
			out->data[start] = ',';
	if (rc == 0 && assumed)
		rc = buf_printf(out, " (from MAC)");
	return rc;
}

int params_relevant(const struct param_set *s, const struct profile *p,
		    struct buf *out)
{
	const struct param_value *v;
	char text[64];
	size_t i;
	int rc = buf_add(out, "", 0);

	for (i = 0; rc == 0 && i < p->nuses; i++) {
		v = find(s, p->uses[i]);
		if (v) {
			rc = append(out, v->name, v->text, false);
		} else if (params_given(s, p->uses[i])) {
			put_eui64(s->iface->mac, text, sizeof(text));
			rc = append(out, p->uses[i], text, true);
		}
	}
	return rc;
}
