/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TF_CONF_H
#define TF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct acl_section;

#define CONF_STATE_MARKS 0x0f000000
#define CONF_STATE_CONNECTIONS 4096

/**
 * struct conf - The settings of tapfilter.conf
 * @template_path:	Directories of profiles, first wins; n_template_path
 *			absolute paths
 * @domain_dir:		Directory of domain XML files
 * @state_dir:		Directory of records, locks and the domain index
 * @backend:		"auto", "nft" or "xtables"
 * @default_profiles:	Profiles on every tap interface, blank-separated; empty
 *			for none
 * @max_rules:		Most rules that one tap may have
 * @honour_filterref:	Use <filterref> of domain XML
 * @state_marks:	Bits of marks that are ours: four that are side by side
 * @state_connections:	Most connections that one guest may have open
 * @bridge_netfilter:	Switch on what a profile needs of a bridge
 * @acl:		n_acl sections [acl] and [deny], as they stand in the
 *			file; acl_decide() reads them
 */
struct conf {
	char **template_path;
	size_t n_template_path;
	char *domain_dir;
	char *state_dir;
	char *backend;
	char *default_profiles;
	unsigned int max_rules;
	bool honour_filterref;
	uint32_t state_marks;
	uint32_t state_connections;
	bool bridge_netfilter;
	struct acl_section *acl;
	size_t n_acl;
};

/** CONF_FILE - compiled-in path, from the Makefile */

/**
 * conf_missing() - Report that there is no such configuration file
 *
 * Return: -ENOENT
 */
int conf_missing(const char *path);

/**
 * conf_no_domains() - Report that there is no domain directory
 *
 * Return: -ENOENT
 */
int conf_no_domains(const struct conf *c);

/**
 * conf_load() - Read and check a configuration file
 * @path:	File
 * @c:		Zeroed struct; on success owns what it points to
 *
 * Return: 0 or negative errno, reported as "file:line: ..."
 */
int conf_load(const char *path, struct conf *c);

/**
 * conf_load_fd() - As conf_load(), of a regular file that is open
 * @name:	File name for messages
 */
int conf_load_fd(int fd, const char *name, struct conf *c);

/**
 * conf_parse() - As conf_load(), from memory
 * @name:	File name for messages
 */
int conf_parse(const char *name, const char *text, size_t len, struct conf *c);

/** conf_free() - Release what a configuration owns */
void conf_free(struct conf *c);

#endif /* TF_CONF_H */
