/* SPDX-License-Identifier: MIT */
/*
 * tls_files -- a certificate and its key, from their files.
 *
 * Errors  NULL, and why, with the name of the file.
 */
#ifndef RX_SERVE_TLS_FILES_H
#define RX_SERVE_TLS_FILES_H

#include <openssl/types.h>
#include <stddef.h>

#define TLS_WHY 256

/* A context that has them, and the rules of tls.h. */
SSL_CTX *tls_files_load(const char *cert, const char *key, char why[TLS_WHY]);
/* The leaf alone. */
X509 *tls_files_leaf(const char *cert, char why[TLS_WHY]);

#endif
