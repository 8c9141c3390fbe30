// SPDX-License-Identifier: GPL-2.0-or-later
/* XML: the tree, its line numbers, its limits, and what is refused */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "util.h"
#include "xml.h"

static struct xml_node *parse(const char *text)
{
	struct xml_node *root = NULL;

	assert_int_equal(xml_parse("t", text, strlen(text), &root), 0);
	return root;
}

/* Bytes that must be refused with one line on standard error. */
static void refused_bytes(const char *data, size_t len, const char *want)
{
	struct xml_node *root = NULL;
	FILE *saved = stderr;
	char *said = NULL;
	size_t size = 0;
	int rc;

	stderr = open_memstream(&said, &size);
	assert_non_null(stderr);
	rc = xml_parse("t", data, len, &root);
	fclose(stderr);
	stderr = saved;
	assert_true(rc < 0);
	assert_null(root);
	assert_string_equal(said, want);
	free(said);
}

static void refused(const char *text, const char *want)
{
	refused_bytes(text, strlen(text), want);
}

static void test_tree(void **state)
{
	struct xml_node *root = parse("<a x='1' y='&lt;&#65;'>\n"
				      " <b/><!-- no --><?no?>\n"
				      " <c>te<![CDATA[<x>]]>t &amp; </c>\n"
				      "</a>\n");

	(void)state;
	assert_true(xml_is(root, NULL, "a"));
	assert_int_equal(root->nattrs, 2);
	assert_string_equal(xml_attr(root, "y"), "<A");
	assert_null(xml_attr(root, "z"));
	assert_string_equal(root->text, "");
	assert_string_equal(root->child->name, "b");
	assert_ptr_equal(root->child->parent, root);
	assert_string_equal(root->child->next->text, "te<x>t &");
	assert_int_equal(root->child->next->line, 3);
	assert_null(root->child->next->next);
	xml_free(root);
}

static void test_namespaces(void **state)
{
	struct xml_node *root = parse("<a xmlns:t='urn:t' t:x='1' x='2'>"
				      "<t:b/><b xmlns='urn:t'/><b/></a>");
	const struct xml_node *b = root->child;

	(void)state;
	assert_int_equal(root->nattrs, 2);
	assert_string_equal(xml_attr(root, "x"), "2");
	assert_true(xml_is(b, "urn:t", "b"));
	assert_string_equal(b->qname, "t:b");
	assert_true(xml_is(b->next, "urn:t", "b"));
	assert_string_equal(b->next->qname, "b");
	assert_true(xml_is(b->next->next, NULL, "b"));
	assert_false(xml_is(b->next->next, "urn:t", "b"));
	assert_false(xml_is(b, NULL, "b"));
	xml_free(root);
}

/* libxml2's own nodes have 16 bits for a line. */
static void test_lines_have_no_end(void **state)
{
	_cleanup_buf_ struct buf text = { 0 };
	struct xml_node *root;
	unsigned int i;

	(void)state;
	assert_int_equal(buf_printf(&text, "<a>"), 0);
	for (i = 0; i < 70000; i++)
		assert_int_equal(buf_add(&text, "\n", 1), 0);
	assert_int_equal(buf_printf(&text, "<b\n\n x='1'\n/></a>"), 0);
	root = parse(text.data);
	assert_int_equal(root->child->line, 70001);
	xml_free(root);
	text.data[text.len - 2] = 'b';
	refused(text.data,
		"t:70004: </b> stands where <a> of line 1 must be closed\n");
}

static char *nested(size_t depth)
{
	struct buf text = { 0 };
	size_t i;

	for (i = 0; i < depth; i++)
		assert_int_equal(buf_printf(&text, "<a>"), 0);
	for (i = 0; i < depth; i++)
		assert_int_equal(buf_printf(&text, "</a>"), 0);
	return text.data;
}

static void test_depth(void **state)
{
	char *text = nested(XML_MAX_DEPTH);

	(void)state;
	xml_free(parse(text));
	free(text);
	text = nested(XML_MAX_DEPTH + 1);
	refused(text, "t:1: <a> is nested more than 32 deep\n");
	free(text);
}

static void test_nodes(void **state)
{
	_cleanup_buf_ struct buf text = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(buf_printf(&text, "<a>"), 0);
	for (i = 1; i < XML_MAX_NODES; i++)
		assert_int_equal(buf_printf(&text, "<b/>"), 0);
	assert_int_equal(buf_printf(&text, "</a>"), 0);
	xml_free(parse(text.data));
	text.len -= 4;
	assert_int_equal(buf_printf(&text, "<b/></a>"), 0);
	refused(text.data, "t:1: more than 20000 elements\n");
}

static void test_size(void **state)
{
	size_t len = XML_MAX_SIZE;
	char *text = util_alloc(len + 2, 1);

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len + 1);
	memcpy(text, "<a/>", 4);
	xml_free(parse((text[len] = '\0', text)));
	text[len] = ' ';
	refused(text, "t: larger than 1048576 bytes\n");
	free(text);
}

/* A text or value of @len bytes, and 'x' for any other one */
static struct xml_node *with_lengths(size_t attr, size_t text)
{
	_cleanup_buf_ struct buf b = { 0 };
	size_t i;

	assert_int_equal(buf_printf(&b, "<a v='"), 0);
	for (i = 0; i < attr; i++)
		assert_int_equal(buf_printf(&b, "v"), 0);
	assert_int_equal(buf_printf(&b, "'> \n"), 0);
	for (i = 0; i < text; i++)
		assert_int_equal(buf_printf(&b, "t"), 0);
	assert_int_equal(buf_printf(&b, "</a>"), 0);
	return parse(b.data);
}

static void test_long_values(void **state)
{
	static const char *const names[] = { "v", NULL };
	struct xml_node *n = with_lengths(XML_MAX_TEXT, XML_MAX_TEXT);
	const char *out;

	(void)state;
	assert_int_equal(xml_get("t", n, "v", &out), 0);
	assert_int_equal(strlen(out), XML_MAX_TEXT);
	assert_int_equal(xml_only_attrs("t", n, names), 0);
	assert_int_equal(xml_text("t", n, &out), 0);
	assert_int_equal(strlen(out), XML_MAX_TEXT);
	xml_free(n);

	n = with_lengths(XML_MAX_TEXT + 1, XML_MAX_TEXT + 1);
	assert_int_equal(xml_get("t", n, "v", &out), -EINVAL);
	assert_int_equal(xml_only_attrs("t", n, names), -EINVAL);
	assert_int_equal(xml_text("t", n, &out), -EINVAL);
	assert_int_equal(xml_no_text("t", n), -EINVAL);
	assert_int_equal(strlen(n->attrs[0].value), XML_MAX_TEXT + 1);
	xml_free(n);

	n = with_lengths(XML_MAX_LIST + 1, 0);
	assert_null(n->attrs[0].value);
	assert_int_equal(xml_get("t", n, "v", &out), -EINVAL);
	xml_free(n);
}

static void test_questions(void **state)
{
	static const char *const only_y[] = { "y", NULL };
	struct xml_node *n = parse("<a x='1'>t<b xmlns:o='u' o:y=''/></a>");
	const char *out;

	(void)state;
	assert_int_equal(xml_only_attrs("t", n, only_y), -EINVAL);
	assert_int_equal(xml_only_attrs("t", n->child, only_y), -EINVAL);
	assert_int_equal(xml_text("t", n, &out), -EINVAL);
	assert_int_equal(xml_no_text("t", n), -EINVAL);
	assert_int_equal(xml_no_text("t", n->child), 0);
	assert_int_equal(xml_get("t", n, "y", &out), 0);
	assert_null(out);
	xml_free(n);
}

/* No document type at all: no entity, nothing fetched, nothing expanded. */
static void test_no_dtd(void **state)
{
	static const char want[] = "t:1: <!DOCTYPE a> is not allowed: no "
				   "document type, no entities\n";

	(void)state;
	refused("<!DOCTYPE a><a/>", want);
	refused("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", want);
	refused("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>"
		"<a>&e;</a>",
		want);
	refused("<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>", want);
	refused("<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///x'> %p;]><a/>",
		want);
	refused("<!DOCTYPE a [<!ATTLIST a x CDATA 'default'>]><a/>", want);
	refused("<a>&e;</a>", "t:1: &e; is not known, only &lt; &gt; &amp; "
			      "&quot; &apos; are\n");
}

static void test_encoding(void **state)
{
	static const char *const bad[] = {
		"\x80",
		"\xc0\xaf",
		"\xe0\x80\xaf",
		"\xed\xa0\x80",
		"\xf0\x80\x80\xaf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xc3",
		"\xe2\x82",
	};
	struct xml_node *n;
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		struct xml_node *root = NULL;

		snprintf(text, sizeof(text), "<a>%s</a>", bad[i]);
		assert_int_equal(xml_parse("t", text, strlen(text), &root),
				 -EINVAL);
		assert_null(root);
	}
	refused_bytes("<a>\0</a>", 8,
		      "t:1: byte 0x00 at offset 3: the file must be UTF-8 text "
		      "without NUL\n");
	n = parse("\xef\xbb\xbf<a>\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7</a>");
	assert_string_equal(n->text, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7");
	xml_free(n);

	/* What the declaration says of the encoding counts for nothing. */
	n = parse("<?xml version='1.0' encoding='UTF-7'?><a>+ADw-b/+AD4-</a>");
	assert_string_equal(n->text, "+ADw-b/+AD4-");
	assert_null(n->child);
	xml_free(n);
	n = parse("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc3\xa4</a>");
	assert_string_equal(n->text, "\xc3\xa4");
	xml_free(n);
}

static void test_faults(void **state)
{
	(void)state;
	refused("", "t: empty\n");
	refused("  \n", "t:2: not XML: the file does not begin with an "
			"element\n");
	refused("text", "t:1: not XML: the file does not begin with an "
			"element\n");
	refused("<a/>\n<a/>", "t:2: only one element may stand outermost\n");
	refused("<a>\n<b>\n", "t:3: the file ends inside <b> of line 2\n");
	refused("<a x='1'\nx='2'/>", "t:2: attribute 'x' is given twice\n");
	refused("<a xmlns:p='u' xmlns:q='u' p:x='' q:x=''/>",
		"t:1: attribute 'x' is given twice\n");
	refused("<p:a/>",
		"t:1: prefix 'p' is not declared: xmlns:p='...' is missing\n");
	refused("<a x='<'/>",
		"t:1: a bare < in the value of an attribute: write &lt;\n");
	refused("<a x=1/>",
		"t:1: the value of an attribute must stand in quotes\n");
	refused("<a x/>", "t:1: an attribute has no value\n");
	refused("<a>&#1;</a>", "t:1: a character that XML forbids\n");
	refused("<a><!-- -- --></a>", "t:1: a comment is not closed, or holds "
				      "two hyphens\n");
	refused("<\x1b[2J/>", "t:1: not well-formed XML (libxml2 error 68)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_lines_have_no_end),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_no_dtd),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
